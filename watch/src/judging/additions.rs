//! What was added to a page that works on visitors, or that they do not see: origins, scripts, hidden things.

use pages::{Comparison, UseKind};

use super::Judging;
use super::words::says_something;
use crate::verdict::{Reason, Verdict};

impl Judging<'_> {
    /// What was added that works on visitors, or that they do not see.
    pub(super) fn additions(&mut self, comparison: &Comparison) {
        for new in &comparison.new_uses {
            if self.is_approved(new) {
                continue;
            }
            let origin = new.origin.clone();
            let is_own = self.is_own(&origin);
            match new.kind {
                UseKind::Script if !is_own => {
                    self.say(Verdict::Injection, Reason::ScriptOrigin { origin });
                }
                UseKind::Frame if !is_own || new.is_hidden => {
                    let is_hidden = new.is_hidden;
                    self.say(Verdict::Injection, Reason::Frame { origin, is_hidden });
                }
                UseKind::Form if !is_own => {
                    self.say(Verdict::Injection, Reason::FormTarget { origin });
                }
                UseKind::Refresh => {
                    let verdict = if is_own {
                        Verdict::Unexplained
                    } else {
                        Verdict::Takeover
                    };
                    self.say(verdict, Reason::Refresh { origin });
                }
                UseKind::Base if !is_own => {
                    let use_kind = UseKind::Base;
                    self.say(Verdict::Injection, Reason::Resource { use_kind, origin });
                }
                _ => {}
            }
        }
        for script in &comparison.new_scripts {
            let names_stranger = script.origins.iter().any(|origin| !self.is_own(origin));
            let verdict = if script.signs.redirects && names_stranger {
                Verdict::Takeover
            } else if script.signs.any() || names_stranger {
                Verdict::Injection
            } else {
                Verdict::Unexplained
            };
            let reason = Reason::InlineScript {
                beginning: script.beginning.clone(),
                redirects: script.signs.redirects,
                decodes: script.signs.decodes,
                origins: script.origins.clone(),
            };
            self.say(verdict, reason);
        }
        for hidden in &comparison.new_hidden {
            let leads_away = hidden
                .link_origins
                .iter()
                .any(|origin| !self.is_own(origin));
            let says = says_something(&hidden.text);
            if leads_away || says {
                let reason = Reason::HiddenText {
                    path: hidden.path.clone(),
                    text: hidden.text.clone(),
                    link_origins: hidden.link_origins.clone(),
                };
                self.say(Verdict::Injection, reason);
            }
        }
    }
}
