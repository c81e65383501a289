# The report of a sweep, as text and as a page.
report-title = Sweep report
report-alert = Alert
report-version = version { $version }
report-host = Host
report-when = { $started }, { $duration }
report-roots = Swept
report-unsigned = UNSIGNED DRAFT: for trying out only
report-signatures-unchecked = signatures were not checked: give --root to check them
report-exercise = EXERCISE. This is a drill, not a real incident.

outcome-line-clean = CLEAN: complete, and nothing found
outcome-line-clean-incomplete = NOT CLEAN: nothing found, but not everything was examined
outcome-line-found = FOUND, and complete
outcome-line-found-incomplete = FOUND, and not everything was examined

line-examined = Examined
line-found = Found
line-not-examined = Not examined
line-plan = By plan
line-outside = Not in a sweep

examined-value = { $files } files in { $folders } folders, { $size }; content read of { $read } ({ $read_size })
found-nothing = nothing
found-counts = { $confirmed } confirmed, { $suspicious } suspicious
found-context = { $context } worth knowing
not-examined-nothing = nothing
plan-digest-by-name = { $indicator }: its digest was looked for under its own name only, because the alert states no size
outside-value = { $values } (domains and addresses are for blocking; files are not searched for them)

heading-findings = Findings
heading-not-examined = Not examined
heading-checks = Checks
findings-left-out = and { $count } more findings that are not listed
examples-left-out = and { $count } more
finding-file = { $size }, changed { $when }
finding-isolated = isolated; put back with: tocsin quarantine restore { $vault }
finding-isolation-not-permitted = not isolated: the organisation does not permit it
finding-isolation-failed = not isolated: { $reason }
finding-together = completes the combination { $combination }

check-line = { $hits } hits, { $absent } absent (of these { $content } by content), { $plan } outside the plan, { $gaps } not examined

progress-counting = { $items } files, { $bytes } read
progress-of = { $items } of about { $estimated } files, { $bytes } read, about { $left } left
