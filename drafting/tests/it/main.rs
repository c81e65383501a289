//! What officers bring, and what becomes of it.

mod case;

mod damaged;
mod dispatch;
mod formats;
mod hostile;
mod legitimate;
mod properties;
