# The search over any page
palette-title = Busca rápida
palette-list = Para onde ir
palette-place = Página
palette-all = Todos os resultados
