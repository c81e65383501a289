//! A whole sweep of real trees.

mod scene;

mod hostile_trees;
mod judging;
mod ledger;
mod oracle;
mod reports;
mod rules;
