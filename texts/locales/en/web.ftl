# The pages.

# The frame
web-skip = Skip to the content
web-areas = Areas
web-alerts = Alerts
web-findings = Findings
web-not-examined = Not examined
web-hosts = Hosts
web-organisations = Organisations
web-refused = Refused documents
web-live = Live
web-live-lost = Reconnecting
web-wall-on = Wall mode
web-wall-off = Leave wall mode
web-sign-out = Sign out
web-reload = Reload
web-as-of = As of { $when }
web-pages = Pages
web-previous = Previous
web-next = Next
web-number = { $count }

# Signing in
web-sign-in = Sign in
web-sign-in-name = Your name
web-sign-in-name-hint = It is recorded with everything you acknowledge and decide.
web-sign-in-password = Password of this node
web-sign-in-wrong = The password is not right.
web-sign-in-wait = { $count ->
    [one] Too many wrong passwords. Wait { $count } second.
   *[other] Too many wrong passwords. Wait { $count } seconds.
}
web-sign-in-no-password = No password has been set yet. On the node’s own machine, run:

# Errors
web-error-not-found = There is no such page.
web-error-not-in-force = The alert is no longer in force for this organisation. Nothing was changed.
web-error-form = The form could not be read. Nothing was changed.
web-error-officer = Enter your name.
web-error-evidence = The evidence could not be read. The reason is in the node's log; 'tocsin watch web verify' says whether the evidence is whole.
web-error-internal = The node could not answer. The reason is in its log.
web-error-foreign-form = The form is no longer valid. Go back, reload the page and send it again. Nothing was changed.
web-error-counts = More hosts with findings were given than hosts. Nothing was changed.
web-error-no-organisation = No organisation answers under this address. Ask for a new link.
web-error-too-large = The upload is too large. Send the reports in several parts.
web-error-timed-out = It took too long. Try again.
web-error-busy = Too many pages are open at once. This one does not update by itself.
web-error-wrong-host = These pages are not served under this name.
web-to-alerts = To the alerts

# Alerts
web-in-force = In force
web-drills = Drills
web-past = No longer in force
web-no-alerts = No alert is in force.
web-drill = DRILL
web-drill-strip = DRILL — not counted with real alerts
web-drill-banner = THIS IS A DRILL
web-drill-banner-more = Nothing here is counted with real alerts.
web-edition = edition { $count }
web-issued = Issued { $when }
web-deadline = Deadline
web-no-deadline = No deadline
web-hosts-eligible = { $count ->
    [one] { $count } host
   *[other] { $count } hosts
}
web-acknowledged = Acknowledged
web-acknowledged-by = Acknowledged by { $officer }
web-not-acknowledged = Not acknowledged by you yet
web-waits-for-you = Waits for your decision: { $verb }
web-state-expired = Expired
web-state-stale = The authority has not been heard of: this alert may have been withdrawn
web-state-superseded = Replaced by a newer edition
web-state-withdrawn = Withdrawn

# One alert
web-addressed = Addressed
web-received = Received
web-overdue = Overdue
web-refused-sweep = { $count ->
    [one] { $count } refused to sweep.
   *[other] { $count } refused to sweep.
}
web-refused-isolate = { $count ->
    [one] { $count } refused isolation.
   *[other] { $count } refused isolation.
}
web-eligible = eligible
web-see-not-examined = What was not examined, by reason
web-hosts-unknown = { $count ->
    [one] { $count } organisation does not tell its hosts. They are unknown, not clean.
   *[other] { $count } organisations do not tell their hosts. They are unknown, not clean.
}
web-hosts-found = Hosts with findings
web-confirmed = Confirmed
web-suspicious = Suspicious
web-isolated = Isolated
web-freshness = The oldest of these numbers was true { $ago }.
web-freshness-none = No organisation below has been heard of about this alert.
web-silent = { $count ->
    [one] Nothing has been heard of { $count } organisation.
   *[other] Nothing has been heard of { $count } organisations.
}
web-decisions = Your organisation
web-acknowledge = Acknowledge
web-acknowledge-hint = To acknowledge means that you have read this alert and that your organisation deals with it.
web-acknowledged-own = Acknowledged
web-by-policy = by the organisation’s policy
web-permit = Permit
web-refuse = Refuse
web-change-decision = Change
web-worst-first = Organisations, worst first
web-organisation = Organisation
web-state = State
web-sweep = Sweep
web-isolate = Isolate
web-state-heard = State, last report
web-own = this node
web-hosted = form or kit
web-below = below { $parent }
web-never-heard = nothing heard
web-received-only = received
web-no-hosts = no hosts
web-hosts-not-known = not known
web-text = Text of the alert
web-questions = Questions
web-proof = Signatures
web-authority = Issued by
web-signers = Signed with
web-signing-key = key { $key }
web-issued-at = Issued
web-expires-at = Expires
web-received-at = Received here
web-alert-id = Id (SHA-256)
web-download = Download the signed alert
web-indicators = Indicators
web-indicator = Indicator
web-role = Role
web-role-infrastructure = Malware’s infrastructure
web-size = Size
web-told-by = Told by
web-indicators-left-out = { $count ->
    [one] { $count } more indicator is in the signed document.
   *[other] { $count } more indicators are in the signed document.
}
web-combinations = Together they mean more
web-within-folder = in one folder
web-within-host = on one host
web-rules = Rules
web-choose-alert = Choose an alert

# Findings
web-alert = Alert
web-all-alerts = All alerts
web-judgement = Judgement
web-all-judgements = All judgements
web-filter = Show
web-filter-narrow = Narrowed to one host or organisation.
web-filter-clear = Show all
web-no-findings = Nothing was found. What was not examined is listed on its own page.
web-host = Host
web-why = Why
web-isolation = Isolation
web-arrived = Arrived
web-isolation-failed = Could not be isolated
web-isolation-isolated = In the vault
web-isolation-not-permitted = Not permitted
web-isolation-none = Nothing was done with it.
web-restore-hint = To put the file back, on that host:
web-evidence = Evidence
web-path = Path
web-path-bytes = Exact bytes of the path
web-modified = Content changed
web-not-known = not known
web-digests = Digests
web-content-not-read = Not computed: nothing here is looked for by digest, or the content could not be read.
web-bytes-exactly = { $count } bytes
web-alert-says = What the alert says of it
web-hits = What matched
web-matched = Kind
web-value = Value
web-proves = Matched
web-completes = Completes the combination:
web-found-in = Found in
web-item = What it is
web-package = Package
web-package-meaning = as the system’s own database says; it proves nothing
web-place = Where
web-item-connection = Connection
web-item-file = File
web-item-host-entry = Known host name
web-item-member = Inside a container
web-item-process = Process
web-hits-left-out = { $count ->
    [one] and { $count } more match
   *[other] and { $count } more matches
}

# Hosts
web-outcome = Last sweep
web-gaps = Not examined
web-checks-fail = { $count ->
    [one] { $count } check does not work here
   *[other] { $count } checks do not work here
}
web-answered = Answered
web-last-seen = Last heard of
web-alert-on-host = alert is there, sweep not finished
web-host-not-addressed = This alert is not meant for this host.
web-never = never
web-silent-host = silent
web-hosts-silent = { $count ->
    [one] { $count } host has been silent for longer than this node waits.
   *[other] { $count } hosts have been silent for longer than this node waits.
}
web-no-hosts-here = No host has been attached to this node.

# Not examined
web-not-examined-lead = A host is called clean only where nothing is listed under the first heading.
web-leaves-a-gap = Leaves a gap: these hosts are not clean
web-leaves-no-gap = Leaves no gap
web-no-gaps = Nothing that the plans cover was missed on the hosts that have answered.
web-items = Items
web-examples = Examples
web-by-form = handed in by form
web-hosts-left-out = { $count ->
    [one] { $count } more host.
   *[other] { $count } more hosts.
}

# Organisations
web-takes-part = Takes part
web-enrolled = Enrolled
web-invited = Invited
web-relation-below = Further below
web-relation-below-meaning = Heard of through the organisation above it.
web-relation-child = Own node
web-relation-child-meaning = Its node reports here directly.
web-relation-hosted = Form, kit or attached hosts
web-relation-hosted-meaning = It has no node and answers on this one.
web-relation-own = This node
web-relation-own-meaning = These pages are its own.

# Refused documents
web-refused-lead = Documents that this node did not accept. Each was set aside by itself; nothing else was touched.
web-no-refused = No document has been refused.
web-when = When
web-sender = From
web-kind = Kind
web-because = Because

# The form of an organisation without a node
web-form-lead = { $parent } asks your organisation to answer the alerts below. This address is yours alone: keep it secret.
web-form-no-alerts = No alert waits for your organisation.
web-form-thanks = Your answer is recorded. { $parent } sees it now.
web-form-officer = Your name
web-form-post = Your post
web-form-step-acknowledge = Acknowledge
web-form-acknowledge-hint = Read the alert, then say whether your organisation will look for it.
web-form-acknowledged = Acknowledged
web-form-will-sweep = Acknowledge: we will sweep
web-form-will-not-sweep = Acknowledge: we will not sweep
web-form-sweep-refused = Your organisation has said that it will not sweep.
web-form-step-sweep = Sweep each computer with the kit
web-form-sweep-hint = Download both documents, put them beside the program on the USB stick, and on each computer run:
web-form-root = Download the authority’s root document
web-form-root-id = Id of the root document (SHA-256)
web-form-root-hint = The kit checks the alert’s signatures with the root document. Compare this id with the authority by telephone, at a number that you knew before.
web-form-sweep-more = In place of / you can name the folder where a Windows disk is mounted. The sweep changes nothing.
web-form-step-answer = Answer
web-form-so-far = Answered so far
web-form-reported-hosts = Reports handed in for:
web-form-reports = With the reports of the kit
web-form-reports-hint = One report for each computer. A second report of the same computer replaces its first.
web-form-files = Report files
web-form-send-reports = Hand in the reports
web-form-reports-refused = Not all reports were accepted
web-form-reports-accepted = { $count ->
    [one] { $count } report was accepted.
   *[other] { $count } reports were accepted.
}
web-form-back = Back to the form
web-form-counts = Or with numbers
web-form-counts-hint = How many computers stand where. “Complete” only where nothing was left out.
web-form-send-counts = Send the numbers

web-form-websites = Your websites
web-form-websites-found = { $parent } watches your websites and has found something. Look at it now, keep server and logs as they are, and tell { $parent } what you know.
web-form-websites-fine = { $count ->
    [one] { $parent } watches one page of your websites. Nothing stands out.
   *[other] { $parent } watches { $count } pages of your websites. Nothing stands out.
}
web-form-websites-unknown = { $count ->
    [one] { $parent } watches your websites, but of one page nothing is known now.
   *[other] { $parent } watches your websites, but of { $count } pages nothing is known now.
}

# Web sites under watch
web-websites = Websites
web-pages-watched = under watch
web-no-watch = No watch of web sites reports here. A watch of this organisation is named in the node's settings, under [watch].
web-sites-quiet = Nothing stands out. Pages without a verdict would be listed here.
web-verdict = Verdict
web-site-page = Page
web-since = Since
web-seen-by = Seen by
web-pages-alarm = Telephone now
web-pages-alarm-meaning = Somebody else's contents, or contents for somebody else.
web-pages-unexplained = Unexplained
web-pages-unexplained-meaning = Something has changed and nobody has said why. A person looks.
web-pages-no-verdict = No verdict
web-pages-no-verdict-meaning = Nothing is known of these pages now. That is not the same as fine.
web-pages-fault = Out of order
web-pages-fault-meaning = They do not answer, or say themselves that they are out of order.
web-pages-fine = As they should be
web-pages-fine-meaning = They show what was approved, or what usually stands there.
web-pages-unnamed = { $count ->
    [one] 1 more page is counted here; which one, its watch does not say.
   *[other] { $count } more pages are counted here; which ones, their watches do not say.
}
web-sites-left-out = { $count ->
    [one] 1 more finding is counted and not listed.
   *[other] { $count } more findings are counted and not listed.
}
web-sites-ended = Over, in the last seven days
web-site-end = How it ended
web-site-approved = { $name } has looked: it is in order
web-site-closed = as it was again
web-site-open = stands
web-site-telephone = Telephone { $name } now.
web-site-look = Ask { $name } what has changed, then approve it or raise the alarm.
web-site-unknown = Nothing is known of this page now. Look at it from another machine.
web-site-fault = The page is out of order. { $name } may know why.
web-site-over = Nothing has to be done.
web-site-no-reasons = The watch gives no reasons; they are in its evidence.
web-site-reasons-left-out = { $count ->
    [one] 1 more reason is in the evidence.
   *[other] { $count } more reasons are in the evidence.
}
web-site-do-not-open = The address is no link on purpose: an attacked page can attack whoever opens it.
web-site-facts = What is known
web-site-changed = Last change
web-supplier = Built or hosted by
web-site-verdict = What changed: before and after
web-site-verdict-more = With pictures, differences and requests, out of the evidence of this node's watch.
web-site-local = The evidence is in the folder of this node's watch. To prove that nobody has changed it:
web-site-elsewhere = The pages as they came and the requests are in the evidence of the watch that saw this. These digests prove which.
web-watches = Watches
web-watch = Watch
web-watch-state = State
web-watch-above = told by the parent
web-watch-below = reported from below
web-watch-own = this node's own
web-watch-is-running = Looks
web-watch-is-silent = Silent
web-watch-is-broken = Evidence is broken
web-watch-is-doubted = Evidence was changed
web-watch-broken = The evidence of the watch of { $name } is broken or cannot be read. Nothing that it watches is shown as fine.
web-watch-silent = The watch of { $name } has not been heard of for too long. Nothing that it watches is shown as fine.
web-watch-doubted = The watch of { $name } had reported more evidence than it has now, or other evidence: it was changed.
web-watch-unplaced = { $count ->
    [one] 1 page under watch names an owner that this node does not know. It is counted as this node's own.
   *[other] { $count } pages under watch name an owner that this node does not know. They are counted as this node's own.
}
web-chain = Evidence
web-chain-lines = { $count } lines, ending with
web-chain-first = First line
web-chain-newest = Newest line
web-chain-head = The chain
web-chain-meaning = Write the last digest down elsewhere: nothing before it can be changed unnoticed.
web-verdict-announced = Announced change
web-verdict-cloaking = Cloaking
web-verdict-defacement = Probable defacement
web-verdict-fault-page = Fault page
web-verdict-injection = Hidden injection
web-verdict-nothing = No verdict
web-verdict-ordinary = Ordinary change
web-verdict-outage = Outage
web-verdict-takeover = Takeover
web-verdict-unchanged = Unchanged
web-verdict-unexplained = Unexplained change
