# What drafting says about letters, tables, documents and rules.
drafting-level-refused = refused
drafting-level-warning = warning
drafting-level-note = note
drafting-probably-meant = Probably meant: { $meant }
drafting-accepted = Accepted by the officer: { $reason }
drafting-can-be-accepted = Right all the same? Accept exactly this value with a reason. No indicator at all? Ignore it: { $value }

drafting-file-too-large = { $value } is larger than 16 MiB and was not read
drafting-file-not-text = { $value } is not text in UTF-8 or UTF-16; save it again as UTF-8
drafting-line-too-long = a line longer than { $most } characters was not read; it begins “{ $value }”
drafting-too-many-values = more than { $most } values; an alert cannot hold them
drafting-too-many-problems = there are more than { $most } problems; the others are not listed
drafting-nothing-found = no indicator and no rule was found

drafting-json-syntax = this is not JSON at “{ $value }”: { $reason ->
    [too-deep] too many objects within each other
    [too-much] more than a document can hold
    [ends] the document ends too early
    [open-text] a text is not closed before the end of its line
    [escape] a backslash stands alone; in JSON each backslash is written twice
   *[unexpected] this was not expected here
 }
drafting-json-duplicate-key = the key “{ $value }” stands twice in one object; only the first was read
drafting-json-unknown-field = the format has no field “{ $value }”
drafting-json-missing-field = the field “{ $value }” is missing
drafting-json-wrong-type = “{ $value }” should be { $expected ->
    [object] an object in braces
    [list] a list in square brackets
    [integer] a whole number
    [true-or-false] true or false
   *[text] a text in quotation marks
 }
drafting-json-not-an-integer = { $value } is not a whole number as documents write it
drafting-not-a-choice = “{ $value }” is not allowed here; allowed is: { $choices }
drafting-csv-no-heading = the first line does not say what the columns hold: { $value }
drafting-csv-unknown-column = the heading “{ $value }” is not known, so the column cannot be read
drafting-csv-duplicate-column = two columns have the heading “{ $value }”
drafting-csv-row = the row has { $found } fields and the headings { $expected }, or a quotation mark is not closed: { $value }
drafting-csv-empty-row = the row has no value: { $value }

drafting-number-missing = the alert has no number; no draft can be made without one
drafting-no-deadline = the alert has no deadline: nobody can be late, and nobody is reminded
drafting-deadline-past = the deadline { $value } lies before the issue ({ $issued }) and was left out; give a new one
drafting-instant-malformed = “{ $value }” is not an instant such as 2016-08-05T16:00:00+07:00
drafting-dates-order = issue, deadline and expiry are not in this order: { $value }
drafting-header-conflict = two inputs say different things in “{ $value }”; state which one is right
drafting-duplicate-id = the id “{ $value }” is used twice
drafting-id-malformed = “{ $value }” is not an id: 1 to 64 of a-z, 0-9, “-”, “_” and “.”
drafting-combination-invalid = the combination “{ $value }” needs two or more indicators of this alert; “{ $missing }” is none
drafting-duplicate-value = { $value } belongs to the indicator “{ $other }” as well
drafting-no-observable = the indicator “{ $value }” has no value to be found by
drafting-alert-invalid = the alert contradicts itself: { $reason }

drafting-digest-length = { $value } has { $digits } digits, { $algorithm } has { $expected }: digits were lost or added; compare with the original
drafting-digest-alphabet = { $value } cannot be { $algorithm }: “{ $character }” is no hexadecimal digit (0-9, a-f)
drafting-digest-split = the { $algorithm } { $value } is broken by a space or another character
drafting-digest-broken-line = the digest { $value } goes on on the next line; put it on one line
drafting-digest-mislabelled = { $value } is called { $algorithm } ({ $expected } digits) and has the { $digits } digits of { $other }
drafting-digest-trivial = { $value } is the { $algorithm } of an empty file or of a file of one byte; every computer has such files
drafting-digest-placeholder = { $value } only repeats or counts: somebody filled a place
drafting-digest-unsupported = { $value } is a digest that Tocsin does not search for; it was not taken
drafting-digest-weak = only { $given } is given for { $name }: files can be made that share it. Ask for the SHA-256
drafting-digest-contradiction = one file cannot have two different digests by { $algorithm }; the second is { $value }
drafting-values-run-together = { $value } is two values run together: “{ $left }” and “{ $right }”
drafting-value-broken-line = { $value } goes on on the next line; put it on one line

drafting-path-lost-separator = { $value } has lost a separator between “{ $left }” and “{ $right }”
drafting-path-without-drive = { $value } begins neither with a drive such as C:\ nor with a variable such as %TEMP%\ nor with /
drafting-path-malformed = { $value } cannot be a path: { $reason ->
    [empty] it is empty
    [too-long] it is longer than { $detail } characters
    [character] “{ $detail }” cannot stand in a name
    [not-absolute] it does not begin with a drive and a separator
    [empty-component] two separators stand side by side, or it ends with one
    [unknown-variable] the variable %{ $detail }% is not known
   *[relative] “.” or “..” is no folder's name
 }
drafting-path-in-folder-of-folders = “{ $name }” would lie directly in “{ $folder }”, which holds folders only: a separator was probably lost within the name
drafting-name-malformed = { $value } cannot be the name of a file: { $reason ->
    [empty] it is empty
    [too-long] it is longer than { $detail } characters
    [character] “{ $detail }” cannot stand in a name
   *[relative] it names no file
 }
drafting-name-too-common = ordinary computers have a file { $value }: without a digest it would be found everywhere
drafting-name-of-system-tool = { $value } is also the name of a system file; healthy computers have it, only the digest tells them apart
drafting-name-without-digest = { $value } has no digest beside it: whatever has this name will be found
drafting-no-size = no size is given for { $value }: every file would have to be read, or only files of this name are
drafting-size-malformed = { $reason ->
    [contradiction] the two sizes in { $value } do not agree
   *[malformed] { $value } is not a size such as 3584, 137.28 KB or 85.00 KB (87,040 bytes)
 }
drafting-size-ambiguous = { $value } can be read in two ways; write it without a separator of thousands

drafting-domain-malformed = { $value } is not a domain name
drafting-domain-unknown-tld = { $value }: there is no top-level domain “{ $ending }”
drafting-domain-fused = { $value } is two domain names fused: “{ $left }” and “{ $right }”
drafting-domain-maybe-fused = { $value } could be two domain names fused, “{ $left }” and “{ $right }”; compare with the original
drafting-domain-public-suffix = { $value } is a suffix under which many strangers register names: blocking it blocks all of them
drafting-domain-well-known = { $value } is a name that everybody needs: blocking it stops work, not an attack
drafting-domain-legitimate = { $value } belongs to a state body or lies below a name that everybody needs; make sure that it is meant
drafting-domain-mixed-script = { $value } has letters in “{ $label }” that only look Latin; as the network writes it: { $ascii }
drafting-address-malformed = { $value } is not an IP address or a block of addresses
drafting-address-reserved = { $value } is no attacker's address: { $purpose ->
    [private] it is private, every network has its own
    [loopback] it is the computer itself
    [link-local] it is valid on one cable only
    [shared] it is shared by providers (RFC 6598)
    [multicast] it is for multicast
    [documentation] it is for examples in documents
    [benchmarking] it is for measurements
    [this-network] it means “this network”
    [resolver] it is a name server that everybody uses
    [protocol] it is reserved for a protocol
   *[reserved] it is reserved
 }
drafting-address-too-wide = { $value } covers too many addresses: a prefix of at least /{ $shortest } is accepted
drafting-address-host-bits = { $value } has digits behind its prefix: an address or a digit is wrong
drafting-url-malformed = { $value } is not a URL
drafting-value-malformed = { $value } cannot be used: { $reason }

drafting-rule-does-not-compile = the rule does not compile (line { $line } of the rule): { $message }
drafting-rule-too-large = the rule { $value } is empty or larger than { $most } bytes

drafting-not-taken = { $value } was not taken: the words beside it say that it is where to write or to read more
drafting-number-taken = the number { $value } was taken from here
drafting-title-taken = the title was taken from here: { $value }
drafting-deadline-taken = the deadline { $value } was taken from here
drafting-role-taken = { $name } was given the role { $role } because of “{ $value }”
drafting-combination-proposed = “{ $abused }” and “{ $payload }” in one folder were made a combination: together they are proof
