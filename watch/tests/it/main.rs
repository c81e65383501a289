//! The watch, from pages before and after to verdicts, and from verdicts to cases and campaigns.

mod campaigns;
mod cases;
mod challenges;
mod evasions;
mod evidence;
mod first_look;
mod loading;
mod notices;
mod prevalence;
mod reading;
mod rendering;
mod running;
mod schedule;
mod serving;
mod surveying;
mod surveys;
mod verdicts;
