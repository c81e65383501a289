# What was found, what was not examined, and the nouns of the domain. Keys are written out in `texts/src/nouns.rs`.

# Why a finding is judged as it is: one sentence for each `domain::Why`.
why-abused-legitimate-content = The content is that of a legitimate program which this malware abuses. Without the malware beside it, it is suspicious at most.
why-combination = Indicators that mean an attack only together were found together, and at least one of them by its content.
why-context-only = The alert calls this indicator context: worth knowing beside something else, never an alarm by itself.
why-known-package = The content is that of a package of this system, as its own database says. Whoever owns the system can write that database: a person should look.
why-name-other-content = Only the name is the same. The content was read and is not what the alert looks for.
why-name-unchecked = The name is the one looked for, but its content could not be checked.
why-path-other-content = Only the malware uses this path, but the content is another. It may be a new variant.
why-path-unchecked = The path is the one looked for, but the content could not be checked.
why-payload-content = The content is exactly that of the malware.
why-rule-confirmed = A rule that the issuer calls proof matched the content.
why-rule-matched = A rule matched the content. A person must look at it.
why-trace-found = A sought address, name, key, task or service stands in it. Something has been here, or was called.

judgement-confirmed = Confirmed
judgement-suspicious = Suspicious
judgement-context = Context

# Why something was not examined, and what that means.
reason-budget = Container budget used up
reason-budget-meaning = Opening this container would have cost more than one may cost: too deep, too many members or too much output. What was opened before was examined. Examine the rest by hand: attackers build such containers on purpose.
reason-changed-while-read = Changed while it was read
reason-changed-while-read-meaning = The file was being written at that moment. The next sweep reads it again.
reason-check-unavailable = Check not available
reason-check-unavailable-meaning = This version of the program cannot make that check. Update it, then sweep again.
reason-damaged = Damaged container
reason-damaged-meaning = What could be read of the container was examined; the rest is not known.
reason-detector-failed = Detector failed
reason-detector-failed-meaning = The rule engine stopped on this file. Nothing is known about it for those rules.
reason-encrypted = Encrypted
reason-encrypted-meaning = Without the password nothing can be said about the content. Ask its owner.
reason-excluded-by-plan = Left out by the plan
reason-excluded-by-plan-meaning = The plan states that it is not examined. It is no gap, and it is listed here so that nobody forgets it.
reason-item-time = Took too long
reason-item-time-meaning = It took longer than one item may, so that one item cannot hold up a whole host. Examine it by itself.
reason-permission = Access denied
reason-permission-meaning = The program was not allowed to read it. Run it with more rights, or examine the place by other means: until then the host is not clean.
reason-read-error = Read error
reason-read-error-meaning = The disk or the file system gave an error. The disk may be failing: copy the evidence first.
reason-special-file = No regular file
reason-special-file-meaning = A pipe, socket, device or a file of the system kernel. It has no content that could hide anything.
reason-time = Time was over
reason-time-meaning = The time given to the sweep ended before this was examined. Sweep again with more time.
reason-too-large = Too large
reason-too-large-meaning = The file is larger than the limit for matching rules. Raise the limit, or examine it by hand.
reason-unsupported-container = Container not opened
reason-unsupported-container-meaning = It is a container of a kind that this program recognises and does not open. What is in it was not examined.
reason-vanished = Vanished
reason-vanished-meaning = It was deleted between being listed and being opened, as temporary files are. It is no longer there.

check-digest = Digest
check-domain = Domain
check-file-name = File name
check-ip = IP address
check-mutex = Mutex
check-named-pipe = Named pipe
check-path = Path
check-registry-key = Registry key
check-registry-value = Registry value
check-scheduled-task = Scheduled task
check-service = Service
check-sigma = Sigma rule
check-url = URL
check-yara = YARA rule

item-connection = Connections
item-file = Files
item-host-entry = Known host names
item-member = Members of containers
item-process = Processes

role-abused-legitimate = Abused legitimate program
role-context = Context
role-payload = Malware

confidence-high = high confidence
confidence-medium = medium confidence
confidence-low = low confidence

strength-content = by content
strength-path = by path
strength-name = by name
strength-trace = by a trace

observable-domain = Domain
observable-file-name = File name
observable-ip = IP address
observable-md5 = MD5
observable-mutex = Mutex
observable-named-pipe = Named pipe
observable-path = Path
observable-registry-key = Registry key
observable-registry-value = Registry value
observable-scheduled-task = Scheduled task
observable-service = Service
observable-sha1 = SHA-1
observable-sha256 = SHA-256
observable-sigma = Sigma rule
observable-url = URL
observable-yara = YARA rule

outcome-clean = Clean
outcome-clean-incomplete = Nothing found, incomplete
outcome-found = Found
outcome-found-incomplete = Found, incomplete

host-complete = Swept, complete
host-incomplete = Swept, incomplete
host-pending = Waiting
host-refused = Refused
host-unreachable = Unreachable

overdue-done-in-time = Answered in time
overdue-done-late = Answered late
overdue-open-in-time = Open
overdue-open-overdue = Overdue

answer-pending = Not decided
answer-permit = Permitted
answer-refuse = Refused

consent-ask = ask an officer
consent-automatic = automatic
consent-never = never

sharing-acknowledgement-only = acknowledgement only
sharing-counts = counts
sharing-pseudonymous = findings, hosts under pseudonyms
sharing-full = findings with host names

verb-block = Block addresses and domains
verb-block-meaning = People block the listed names and addresses at the organisation’s own devices.
verb-collect-file = Collect files
verb-collect-file-meaning = A copy of each found file is sent up.
verb-collect-metadata = Collect details of findings
verb-collect-metadata-meaning = Name, size, times and digests of found files are sent up; never their content.
verb-inform = Inform
verb-inform-meaning = The alert is shown to people.
verb-isolate = Isolate
verb-isolate-meaning = Files confirmed by their content are moved into a vault on the same host. It can be undone.
verb-restore = Restore
verb-restore-meaning = Isolated files are put back where they were, bit for bit.
verb-sweep = Sweep
verb-sweep-meaning = The hosts are searched for what the alert lists. Nothing is changed.

severity-critical = Critical
severity-high = High
severity-medium = Medium
severity-low = Low

language-en = English
language-vi = Vietnamese
