rule r { strings: $a = /a{é/ condition: $a }
