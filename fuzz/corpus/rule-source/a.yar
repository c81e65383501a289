import "pe"
rule a : t { meta: x = 1 strings: $a = "x" wide nocase $b = { 4D 5A ?? [2-9] (50|51) } $c = /a[^b]{1,20}c+?/is condition: uint16(0) == 0x5a4d and filesize < 2MB and #a > 2 and for any i in (1..#a) : (@a[i] < 100) and (all of ($b*) or pe.number_of_sections == 3) }
