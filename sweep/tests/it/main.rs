//! A whole sweep of real trees.

mod scene;

mod filtering;
mod hostile_trees;
mod inventory;
mod judging;
mod ledger;
mod members;
mod oracle;
mod panics;
mod recalling;
mod reports;
mod rules;
mod running;
mod streams;
