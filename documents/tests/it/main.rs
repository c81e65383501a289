//! Documents as other programs see them: bytes that are signed, damaged, forged and refused.

mod forging;

mod attack_list;
mod attacks;
mod envelopes;
mod golden;
mod key_files;
mod keys;
mod payloads;
mod refusals;
mod strictness;
