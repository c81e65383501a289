private global rule g { condition: true }
rule b { condition: g and for all of them : ($) }
