# The search over any page
palette-title = Ricerca rapida
palette-list = Dove andare
palette-place = Pagina
palette-all = Tutti i risultati
