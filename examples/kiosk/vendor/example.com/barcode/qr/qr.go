package qr
