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


inventory-files = files: { $value }
inventory-with-digests = with digests: { $value }
inventory-rules = rules that have judged: { $value }
inventory-algorithms = digests that alerts have asked for: { $value }
inventory-oldest = read first: { $value }
inventory-newest = read last: { $value }
inventory-size = on the disk: { $value }
inventory-in-use = a sweep is using it at this moment
inventory-dropped = forgotten: { $size }; the next sweep reads every file again
inventory-interrupted = Stopping.
inventory-remembered = remembered: { $value }
inventory-found = found: { $value }
inventory-verified-same = as remembered: { $value }
inventory-verified-changed = changed, and will be read again: { $value }
inventory-verified-gone = no longer there: { $value }
inventory-verified-unread = could not be read: { $value }
inventory-verified-differing = another, although nothing shows that it was changed: { $value }
inventory-verified-without = without a digest to compare: { $value }
inventory-verified-stopped = stopped before the end
inventory-note-damaged = damaged: { $value } parts were left out; their files are read again
inventory-note-not-rewritten = it could not be rewritten: { $value }
inventory-note-version = it is of version { $value }, which is not read: every file is read again
inventory-note-unreadable = it cannot be read: every file is read again
inventory-note-verdicts = what rules judged is lost: rules are matched again

isolate-would = would be isolated
isolate-done = isolated; put back with: tocsin quarantine restore { $detail }
isolate-refused = not isolated: could not { $detail }
isolate-nothing = The report has no confirmed file to isolate.
isolate-dry-run = Nothing was changed. Say --now to do it.
