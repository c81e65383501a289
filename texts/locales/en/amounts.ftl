# Spans of time and sizes.
amount-just-now = just now
amount-ago = { $span } ago
amount-left = { $span } left
amount-overdue = overdue by { $span }
amount-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
amount-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
amount-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
amount-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
amount-bytes = { $count ->
    [one] { $count } byte
   *[other] { $count } bytes
}
