package main

import _ "example.com/receipt/spool"
