# What the commands print.
lint-passed = nothing refused, { $warnings ->
    [one] 1 warning
   *[other] { $warnings } warnings
}
lint-refused = { $refused } refused, { $warnings ->
    [one] 1 warning
   *[other] { $warnings } warnings
}: correct what is refused, or compare with the original

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
show-not-taken = (not in the draft)
show-unshown = in the draft and in no source: { $indicator }, { $kind } { $value }

quarantine-empty = nothing is isolated
quarantine-isolated = isolated
quarantine-restored = restored
quarantine-unfinished = unfinished

status-organisations = organisations: { $addressed } addressed, { $received } received, { $acknowledged } acknowledged, { $overdue } overdue
status-hosts = hosts: { $eligible } = { $complete } complete + { $incomplete } incomplete + { $unreachable } unreachable + { $refused } refused + { $pending } pending
status-found = found on { $found } hosts, { $isolated } files isolated
