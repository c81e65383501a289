# What the watch of web sites says.
verdict-unchanged = unchanged
verdict-ordinary = ordinary change
verdict-announced = announced change
verdict-nothing = NO VERDICT: nothing could be learned
verdict-fault-page = fault page
verdict-outage = outage
verdict-unexplained = UNEXPLAINED CHANGE: somebody should look
verdict-defacement = PROBABLE DEFACEMENT: telephone the owner
verdict-injection = HIDDEN INJECTION: telephone the owner
verdict-cloaking = CLOAKING: some visitors are shown another page
verdict-takeover = TAKEOVER: name, certificate or redirect lead to somebody else

watch-verdict = { $url }  { $verdict }
watch-more-reasons = and { $count } more reasons; see the evidence
watch-added = { $url } is under watch; what it shows now was approved by { $by }
watch-approved = { $url }: what it shows now was approved by { $by }
watch-chain-whole = the evidence is whole: { $lines } lines, the last digest is { $last }

reason-addresses = the name stood for { $from }, and now stands for { $to }
reason-certificate = the certificate was signed by { $from }, and now by { $to } (a browser says: { $problem })
reason-foreign-writing = { $letters } letters of a writing that the page does not use
reason-form-target = a form sends what is typed to { $origin }
reason-frame = a frame shows { $origin }
reason-frame-hidden = a frame that nobody sees loads { $origin }
reason-hidden-text = something that visitors do not see, at { $path }: "{ $text }", with links to { $links }
reason-inline-script = a script that was not there: { $beginning }
reason-link = these visitors see links to { $origin }
reason-little-left = { $structure } % of the page's places and { $text } % of its texts are left
reason-new-place = something stands where nothing stood, at { $path }: "{ $text }"
reason-redirect = visits ended at { $from }, and now end at { $to }
reason-refresh = the page sends visitors to { $origin } by itself
reason-resource = the page now uses { $origin }
reason-script-origin = a script is loaded from { $origin }
reason-static-text = a text that does not change has changed, at { $path }: "{ $from }" was there, "{ $to }" is
reason-status = the site answers with status { $status }
reason-terms = words of intruders: { $words }
reason-title = the title was "{ $from }", and is "{ $to }"
