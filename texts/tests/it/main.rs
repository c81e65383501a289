//! Tests that read the catalogues as a whole.

mod catalogues;
