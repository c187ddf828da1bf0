# The search over any page
palette-title = Búsqueda rápida
palette-list = Adónde ir
palette-place = Página
palette-all = Todos los resultados
