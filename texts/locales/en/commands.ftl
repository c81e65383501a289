# What the commands print.
lint-passed = nothing refused, { $warnings ->
    [one] 1 warning
   *[other] { $warnings } warnings
}
lint-refused = { $refused } refused, { $warnings ->
    [one] 1 warning
   *[other] { $warnings } warnings
}: correct what is refused, or compare with the original
sign-refused = the draft is refused; nothing was signed

show-alert = Alert
show-exercise = Exercise
show-title = Title
show-severity = Severity
show-issued = Issued
show-deadline = Deadline
show-expires = Expires
show-asks = Asks for
show-seeks = Looks for
show-counts = { $indicators ->
    [one] 1 indicator
   *[other] { $indicators } indicators
}, { $rules ->
    [one] 1 rule source
   *[other] { $rules } rule sources
}
show-within-folder = together in one folder
show-within-host = together on one host
show-unverified = ({ $signatures ->
    [one] 1 signature
   *[other] { $signatures } signatures
}, not verified here)
show-unshown = { $indicator }: { $kind } { $value }

beside-source = Source: { $file }
beside-draft = In the draft
beside-taken = the draft has it
beside-not-taken = it looks like a value, and the draft does not have it
beside-differs = the draft has nearly the same: one of the two was changed
beside-unshown = the draft has it, and no source shows it
beside-none = { $written }: not in the draft
beside-totals = { $taken } in the draft, { $left } not in the draft, { $differs } nearly the same, { $unshown } in no source

verify-done = verified  { $id }
verify-signed-by = signed by { $key }
verify-refused = refused: { $reason }
verify-not-in-force = Whether it is in force was not checked: give --catalogue.

quarantine-empty = nothing is isolated
quarantine-isolated = isolated
quarantine-restored = restored
quarantine-unfinished = unfinished

status-organisations = organisations: { $addressed } addressed, { $received } received, { $acknowledged } acknowledged, { $overdue } overdue
status-hosts = hosts: { $eligible } = { $complete } complete + { $incomplete } incomplete + { $unreachable } unreachable + { $refused } refused + { $pending } pending
status-found = found on { $found } hosts, { $isolated } files isolated
status-in-force = in force
status-stale = in force when the authority was last heard of, which is too long ago
status-superseded = superseded by a newer edition
status-withdrawn = withdrawn
status-expired = expired

draft-not-written = no draft was written
draft-without-authority = no draft was written: say with --authority who issues the alert
