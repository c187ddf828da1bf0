# The search over any page
palette-title = Quick search
palette-list = Where to go
palette-place = Page
palette-all = All results
