//! Who is below and who is above: invitations, taking children in, and enrolling in a parent.

use documents::{
    Envelope, EnvelopeError, Expiry, PublicKey, Root, Verified, VerifyError, verify_first_root,
    verify_next_root,
};
use domain::{HostId, OrganisationId};
use jiff::SignedDuration;
use link::{
    EnrolGrant, EnrolRefusal, EnrolRequest, Grant, InboxError, Invitation, InvitationError,
    LinkError, Peer,
};
use store::{Change, HostRow, Relation, StoreError, Token, TokenPurpose};
use thiserror::Error;

use crate::config::{NAME_CHARS_MAX, is_line};
use crate::hosted::FormLink;
use crate::node::{Node, ReadError, Touches};
use crate::parent::{Parent, find_parent, save_parent};
use crate::relay::CURSOR;
use crate::rolling_up::set_all_roll_ups_due;
use crate::trusted::stored_root;

/// How long an invitation can be used.
const INVITATION_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Why nobody was invited or removed.
#[derive(Debug, Error)]
pub enum InviteError {
    /// The name is empty or over-long.
    #[error("take the name: it must have 1 to {NAME_CHARS_MAX} characters in one line")]
    Name,
    /// The organisation is this one, its parent, or takes part in another way already.
    #[error("invite '{0}': it takes part already; remove it first")]
    TakesPart(OrganisationId),
    /// The organisation is not this one and not hosted here.
    #[error("invite a host of '{0}', which is not hosted here")]
    NotHosted(OrganisationId),
    /// Nobody of that id is below.
    #[error("find {0} below this node")]
    NotBelow(Peer),
    /// The invitation could not be made: the addresses in the settings are not right.
    #[error("make the invitation")]
    Invitation(#[from] InvitationError),
    /// The operating system gave no random numbers.
    #[error("draw random numbers")]
    Random(#[from] getrandom::Error),
    /// The database failed.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<StoreError> for InviteError {
    fn from(error: StoreError) -> Self {
        Self::Read(error.into())
    }
}

/// Why this node did not enrol.
#[derive(Debug, Error)]
pub enum JoinError {
    /// The parent was not reached, or refused.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The invitation is for somebody else.
    #[error("enrol as '{own}': the invitation is for {invited}")]
    ForAnother {
        /// Who this node is.
        own: OrganisationId,
        /// Whom the invitation names.
        invited: Peer,
    },
    /// This node has another parent.
    #[error("enrol in '{new}': this node is below '{parent}'")]
    HasParent {
        /// The parent it has.
        parent: OrganisationId,
        /// The one that the invitation is from.
        new: OrganisationId,
    },
    /// The parent's roots cannot be read.
    #[error("read the parent's roots")]
    Envelope(#[from] EnvelopeError),
    /// The parent's roots are no chain.
    #[error("trust the parent's roots")]
    Root(#[from] VerifyError),
    /// The database failed.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<StoreError> for JoinError {
    fn from(error: StoreError) -> Self {
        Self::Read(error.into())
    }
}

impl Node {
    /// Invites a host of this organisation, or of one hosted here.
    pub fn invite_host(
        &self,
        name: &str,
        organisation: Option<&OrganisationId>,
    ) -> Result<Invitation, InviteError> {
        let organisation = organisation.unwrap_or(self.organisation());
        check_name(name)?;
        self.write(Touches::Picture, |change| {
            if !self.hosts(change, organisation)? {
                return Err(InviteError::NotHosted(organisation.clone()));
            }
            self.invite(change, TokenPurpose::Host, organisation, name)
        })
    }

    /// Invites an organisation that has a node of its own.
    pub fn invite_organisation(
        &self,
        organisation: &OrganisationId,
        name: &str,
    ) -> Result<Invitation, InviteError> {
        check_name(name)?;
        self.write(Touches::Picture, |change| {
            self.check_free(change, organisation)?;
            change.replace_organisation(organisation, name, Relation::Child, None, self.now())?;
            set_all_roll_ups_due(change)?;
            self.invite(change, TokenPurpose::Organisation, organisation, name)
        })
    }

    /// Registers an organisation without a node: it answers on this node's pages, under the secret address returned.
    pub fn register_hosted(
        &self,
        organisation: &OrganisationId,
        name: &str,
    ) -> Result<FormLink, InviteError> {
        check_name(name)?;
        let (link, hash) = FormLink::generate()?;
        self.write(Touches::Picture, |change| {
            self.check_free(change, organisation)?;
            change.replace_organisation(
                organisation,
                name,
                Relation::Hosted,
                Some(&hash),
                self.now(),
            )?;
            set_all_roll_ups_due(change).map_err(InviteError::from)
        })?;
        Ok(link)
    }

    /// Removes a host or an organisation from the roster: it is heard of no more, and no longer counted.
    pub fn remove_peer(&self, peer: &Peer) -> Result<(), InviteError> {
        self.write(Touches::Feeds, |change| {
            let now = self.now();
            let removed = match peer {
                Peer::Host(id) => change.remove_host(*id, now)?,
                Peer::Organisation(id) => {
                    for host in change.list_hosts()? {
                        if host.organisation == *id && host.organisation != *self.organisation() {
                            change.remove_host(host.id, now)?;
                        }
                    }
                    change.remove_roll_ups(id)?;
                    self.retract_watch_reports(change, id)?;
                    // An old invitation must not come back to life when the organisation is invited again.
                    change.remove_unused_tokens(id)?;
                    change.remove_organisation(id, now)?
                }
            };
            if !removed {
                return Err(InviteError::NotBelow(peer.clone()));
            }
            set_all_roll_ups_due(change)?;
            Ok(())
        })
    }

    /// Enrols this node in the parent that `invitation` names. Blocks while the parent is asked.
    pub fn enrol_in_parent(&self, invitation: &Invitation) -> Result<(), JoinError> {
        let grant = link::enrol(invitation, self.organisation_name(), &self.inner.key)?;
        self.join(&grant)
    }

    /// Takes the parent's grant: from now on it is the parent, and its authorities are trusted.
    pub fn join(&self, grant: &Grant) -> Result<(), JoinError> {
        if grant.peer != Peer::Organisation(self.organisation().clone()) {
            return Err(JoinError::ForAnother {
                own: self.organisation().clone(),
                invited: grant.peer.clone(),
            });
        }
        self.write(Touches::Feeds, |change| {
            let before = find_parent(change)?;
            if let Some(before) = before.filter(|parent| parent.organisation != grant.organisation)
            {
                return Err(JoinError::HasParent {
                    parent: before.organisation,
                    new: grant.organisation.clone(),
                });
            }
            self.trust_roots(change, &grant.roots)?;
            save_parent(
                change,
                &Parent {
                    organisation: grant.organisation.clone(),
                    name: grant.organisation_name.clone(),
                    document_key: grant.document_key,
                    urls: grant.urls.clone(),
                    authority_pem: grant.authority_pem.clone(),
                    chain_pem: grant.chain_pem.clone(),
                },
            )?;
            // Whatever is in the feed is taken again; what is known already changes nothing.
            change.set_setting(CURSOR, "0")?;
            set_all_roll_ups_due(change)?;
            Ok(())
        })
    }

    /// Returns the parent, once this node has enrolled.
    pub fn find_parent(&self) -> Result<Option<Parent>, ReadError> {
        Ok(self.inner.store.read(find_parent)?)
    }

    /// Trusts the roots that a parent gave at enrolment: whoever was pinned by the invitation may name authorities.
    fn trust_roots(&self, change: &Change<'_>, roots: &[Vec<u8>]) -> Result<(), JoinError> {
        for bytes in roots {
            let envelope = Envelope::parse(bytes)?;
            let known = change.list_roots()?;
            if known.iter().any(|row| row.document == envelope.id()) {
                continue;
            }
            // Only to find which chain it belongs to.
            let claimed: Root = envelope.read_unverified()?;
            let newest = known
                .iter()
                .rev()
                .find(|row| row.authority == claimed.authority)
                .and_then(stored_root);
            let root: Verified<Root> = match newest {
                Some(newest) => verify_next_root(bytes, &newest, Expiry::Ignored)?,
                None => verify_first_root(bytes, envelope.id(), Expiry::Ignored)?,
            };
            self.keep_root(change, &root)?;
        }
        Ok(())
    }

    fn invite(
        &self,
        change: &Change<'_>,
        purpose: TokenPurpose,
        organisation: &OrganisationId,
        name: &str,
    ) -> Result<Invitation, InviteError> {
        let invitation =
            Invitation::new(&self.config().link_urls, self.inner.authority.fingerprint())?;
        let now = self.now();
        change.insert_token(&Token {
            hash: invitation.secret().digest(),
            purpose,
            organisation: organisation.clone(),
            name: name.to_owned(),
            created_at: now,
            expires_at: now.saturating_add(INVITATION_LIFE).unwrap_or(now),
            used_at: None,
            bound_key: None,
            host: None,
        })?;
        Ok(invitation)
    }

    /// Tells whether hosts of `organisation` attach to this node: it is its own, or hosted here.
    fn hosts(
        &self,
        change: &Change<'_>,
        organisation: &OrganisationId,
    ) -> Result<bool, StoreError> {
        let row = change.find_organisation(organisation)?;
        let is_hosted =
            row.is_some_and(|row| row.removed_at.is_none() && row.relation == Relation::Hosted);
        Ok(is_hosted || organisation == self.organisation())
    }

    /// Checks that `organisation` can be put below this node: nobody else has its id here.
    fn check_free(
        &self,
        change: &Change<'_>,
        organisation: &OrganisationId,
    ) -> Result<(), InviteError> {
        let is_above = organisation == self.organisation()
            || find_parent(change)?.is_some_and(|parent| parent.organisation == *organisation);
        let takes_part = change.find_organisation(organisation)?.is_some_and(|row| {
            row.removed_at.is_none()
                && (row.enrolled_at.is_some() || row.relation == Relation::Hosted)
        });
        if is_above || takes_part {
            Err(InviteError::TakesPart(organisation.clone()))
        } else {
            Ok(())
        }
    }

    /// Takes in whoever says the secret of an invitation.
    pub(crate) fn take_in(&self, request: &EnrolRequest) -> Result<EnrolGrant, EnrolRefusal> {
        let grant = self
            .write(Touches::Feeds, |change| {
                let peer = self.use_invitation(change, request)?;
                self.grant(change, peer)
            })
            .map_err(|error| match error {
                TakeInError::Refused(refusal) => refusal,
                TakeInError::Store(error) => EnrolRefusal::Unavailable(InboxError::new(error)),
            })?;
        tracing::info!(peer = %grant.peer, name = request.name, "enrolled");
        Ok(grant)
    }

    fn use_invitation(
        &self,
        change: &Change<'_>,
        request: &EnrolRequest,
    ) -> Result<Peer, TakeInError> {
        let now = self.now();
        let key = request.public_key.as_bytes().as_slice();
        let token = change
            .find_token(&request.secret.digest())?
            .ok_or(EnrolRefusal::UnknownSecret)?;
        if token.used_at.is_some() {
            return repeat_grant(change, &token, &request.public_key);
        }
        if token.expires_at <= now {
            return Err(EnrolRefusal::SecretExpired.into());
        }
        let is_known = change.find_host_by_key(key)?.is_some()
            || change.find_organisation_by_key(key)?.is_some();
        if is_known {
            return Err(EnrolRefusal::KeyKnown.into());
        }
        match token.purpose {
            TokenPurpose::Host => {
                if !self.hosts(change, &token.organisation)? {
                    return Err(EnrolRefusal::UnknownSecret.into());
                }
                // One that was removed and is invited again with the key it had is the same host.
                let id = match change.find_removed_host_by_key(key)? {
                    Some(removed) => removed.id,
                    None => draw_host_id()
                        .map_err(|error| EnrolRefusal::Unavailable(InboxError::new(error)))?,
                };
                change.insert_host(&HostRow {
                    id,
                    organisation: token.organisation.clone(),
                    name: token.name.clone(),
                    public_key: key.to_vec(),
                    enrolled_at: now,
                    last_seen_at: Some(now),
                    removed_at: None,
                })?;
                change.use_token(&token.hash, key, Some(id), now)?;
                self.answer_alerts_in_force(change, &token.organisation)?;
                Ok(Peer::Host(id))
            }
            TokenPurpose::Organisation => {
                // The invitation of an organisation that was removed since is no longer good.
                let row = change
                    .find_organisation(&token.organisation)?
                    .filter(|row| row.removed_at.is_none() && row.relation == Relation::Child)
                    .ok_or(EnrolRefusal::UnknownSecret)?;
                // It was invited twice, and came with the other invitation: this one must not replace its key.
                if row.enrolled_at.is_some() {
                    return Err(EnrolRefusal::SecretUsed.into());
                }
                // A node that is set up anew counts its revisions from 1 again.
                change.remove_roll_ups(&token.organisation)?;
                self.retract_watch_reports(change, &token.organisation)?;
                change.enrol_organisation(&token.organisation, key, now)?;
                change.use_token(&token.hash, key, None, now)?;
                set_all_roll_ups_due(change)?;
                Ok(Peer::Organisation(token.organisation))
            }
        }
    }

    fn grant(&self, change: &Change<'_>, peer: Peer) -> Result<EnrolGrant, TakeInError> {
        // An agent belongs to its own organisation, which may be one that this node hosts: it acts on that one's decisions.
        let organisation = match &peer {
            Peer::Host(id) => change.find_host(*id)?.map(|host| host.organisation),
            Peer::Organisation(_) => None,
        }
        .unwrap_or_else(|| self.organisation().clone());
        let name = change
            .find_organisation(&organisation)?
            .map_or_else(|| self.organisation_name().to_owned(), |row| row.name);
        Ok(EnrolGrant {
            peer,
            organisation,
            organisation_name: name,
            document_key: self.public_key(),
            roots: change
                .list_roots()?
                .into_iter()
                .map(|row| row.envelope)
                .collect(),
        })
    }
}

/// Why a child is not taken in, or could not be.
enum TakeInError {
    Refused(EnrolRefusal),
    Store(StoreError),
}

impl From<EnrolRefusal> for TakeInError {
    fn from(refusal: EnrolRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for TakeInError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The answer to the first request may have been lost; the same key may ask again while it is on the roster.
fn repeat_grant(change: &Change<'_>, token: &Token, key: &PublicKey) -> Result<Peer, TakeInError> {
    let on_roster = match token.host {
        Some(_) => change.find_host_by_key(key.as_bytes())?.is_some(),
        None => change.find_organisation_by_key(key.as_bytes())?.is_some(),
    };
    if token.bound_key.as_deref() != Some(key.as_bytes()) || !on_roster {
        return Err(EnrolRefusal::SecretUsed.into());
    }
    Ok(match token.host {
        Some(id) => Peer::Host(id),
        None => Peer::Organisation(token.organisation.clone()),
    })
}

fn check_name(name: &str) -> Result<(), InviteError> {
    if is_line(name, NAME_CHARS_MAX) {
        Ok(())
    } else {
        Err(InviteError::Name)
    }
}

fn draw_host_id() -> Result<HostId, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(HostId::from_bytes(bytes))
}
