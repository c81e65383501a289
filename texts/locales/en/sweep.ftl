# The report of a sweep, as text and as a page.
report-title = Sweep report
report-alert = Alert
report-version = version { $version }
report-host = Host
report-when = { $started }, { $duration }
report-roots = Swept
duration-under-a-second = under 1 s
duration-seconds = { $small } s
duration-minutes = { $large } min { $small } s
duration-hours = { $large } h { $small } min
report-unsigned = UNSIGNED DRAFT: for trying out only
report-signatures-unchecked = signatures were not checked: give --root to check them
report-exercise = EXERCISE. This is a drill, not a real incident.

outcome-line-clean = CLEAN: complete, and nothing found
outcome-line-clean-incomplete = NOT CLEAN: nothing found, but not everything was examined
outcome-line-found = FOUND, and complete
outcome-line-found-incomplete = FOUND, and not everything was examined

outcome-meaning-clean = Every file that the plan covers was examined, and nothing that the alert looks for is there.
outcome-meaning-clean-incomplete = Nothing was found in what could be examined. Before anybody calls this host clean, what was not examined must be examined.
outcome-meaning-found = Something that the alert looks for is on this host. The findings below say what, where, and how sure that is.
outcome-meaning-found-incomplete = Something that the alert looks for is on this host, and there may be more in what was not examined.

tile-confirmed = confirmed
tile-suspicious = suspicious
tile-not-examined = not examined
tile-examined = files seen

line-examined = Examined
line-found = Found
line-not-examined = Not examined
line-plan = By plan
line-self-test = Self-test
line-outside = Not in a sweep

examined-value = { $files ->
    [one] 1 file
   *[other] { $files } files
} in { $folders ->
    [one] 1 folder
   *[other] { $folders } folders
}, { $size }; content read of { $read ->
    [one] 1 file
   *[other] { $read } files
} ({ $read_size })
found-nothing = nothing
found-counts = { $confirmed } confirmed, { $suspicious } suspicious
found-context = { $context } worth knowing
examined-other = { $kind }: { $count }
not-examined-nothing = nothing
not-examined-page = page { $page } of { $pages }, { $total } in all
not-examined-part = { $count } × { $reason }
plan-archives-closed = archives are examined as files; what they hold is not
plan-digest-by-name = digests looked for under their own file names only, because the alert states no size: { $indicators }
self-test-value = { $passed } of { $total } checks work here
self-test-failures = not working: { $checks }
self-test-untested = not provable by a sample: { $checks }
outside-value = { $values } (for blocking on the network; files are not searched for them)

heading-findings = Findings
heading-not-examined = Not examined
heading-checks = Checks
findings-left-out = and { $count } more findings that are not listed
finding-hits-left-out = and { $count } more matches
examples-left-out = and { $count } more
finding-file = { $size }, changed { $when }
finding-package = belongs to the package { $package }, by the system's own database
finding-isolated = isolated; put back with: tocsin quarantine restore { $vault }
finding-isolation-not-permitted = not isolated: the organisation does not permit it
finding-isolation-failed = not isolated: { $reason }
finding-together = completes the combination { $combination }

checks-meaning = Each row adds up to all files seen.
check-indicator = Looked for
check-kind = How
check-hits = Hits
check-absent-by-metadata = Not it, by name or size
check-absent-by-content = Not it, by content
check-outside-plan = Outside the plan
check-not-examined = Not examined

sweep-interrupted = Stopping: the report will say what was left. Press Ctrl-C again to end at once, without a report.
progress-paused = Paused, as the budget says
progress-paused-on-battery = Paused while the machine runs on its battery
progress-paused-under-pressure = Paused while others need the machine
progress-counting = { $items } files, { $bytes } read
progress-of = { $items } of ~{ $estimated } files, { $bytes } read, ~{ $left } left
