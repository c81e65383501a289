//! Introduces the evidence of a watch to the pages of its node: the folder is only read, and nothing of it leaves this process but
//! what `verdicts` makes harmless.

use std::error::Error;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use domain::EvidenceId;
use verdicts::VerdictPage;
use watch::keeping::Archive;
use watch::reading::Ledger;
use web::VerdictSource;

use crate::commands::watch::{name_of_place, verdict_page_until};

/// The folder of a node's own watch.
#[derive(Debug)]
pub struct FolderVerdicts {
    folder: PathBuf,
    ledger: Mutex<Ledger>,
}

impl FolderVerdicts {
    /// Reads this folder. What its evidence proves is proved once, and from then on only what came to it.
    pub fn of_folder(folder: PathBuf) -> Self {
        Self {
            ledger: Mutex::new(Ledger::of_folder(&folder)),
            folder,
        }
    }
}

impl VerdictSource for FolderVerdicts {
    fn verdict(
        &self,
        page: &str,
        line: EvidenceId,
    ) -> Result<Option<VerdictPage>, Box<dyn Error + Send + Sync>> {
        let archive = Archive::open(&self.folder)?;
        let place = name_of_place(page)?;
        let history = {
            let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
            ledger.history(&place)?
        };
        let page = verdict_page_until(&archive, history, &line.to_string())?;
        Ok(Some(page))
    }
}
