module example.com/customs

go 1.24
