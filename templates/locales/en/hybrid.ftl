# Messages of the dialect for hybrid desktop programs.
hybrid-activated = License activated on this machine.
hybrid-activated-again = This machine was already activated with this license.
hybrid-renewed = License renewed until { $date }.
hybrid-renewed-permanent = License renewed without an end date.
hybrid-license-not-found = No license was found for this machine.
hybrid-renewal-key-unknown = This renewal key is not known.
hybrid-renewal-key-used = This renewal key was already used.
hybrid-renewal-key-other-product = This renewal key is for another product.
hybrid-renewal-not-possible = This license cannot be renewed with a renewal key.
hybrid-no-update = No version has been published.
hybrid-bad-request = The request is incomplete: { $field } is missing or not valid.
hybrid-not-json = The request is not valid JSON.
hybrid-too-many-requests = Too many requests. Try again later.
hybrid-unavailable = The license server cannot answer at the moment. Try again later.
