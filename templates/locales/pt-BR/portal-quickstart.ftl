# Um programa de um produto, para copiar.
quickstart-title = Início rápido
quickstart-intro = Um programa inteiro com as chaves e o endereço deste produto. Pode ser publicado: nada nele é secreto.
quickstart-library = A biblioteca
quickstart-library-intro = Execute ao lado da pasta com as bibliotecas de cliente.
quickstart-program = O programa
quickstart-program-intro = Ele pede uma chave de ativação na primeira vez. Troque as chaves públicas a cada versão.
quickstart-first = Primeira ativação
quickstart-state = Situação
quickstart-waits = Aguardando a primeira ativação
quickstart-came = Ativado
quickstart-machine = Primeira máquina
quickstart-when = Ativada em
quickstart-look = Verificar de novo
