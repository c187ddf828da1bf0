DROP TABLE mandate_charges;
DROP TABLE mandate_renewals;
DROP TABLE mandate_refs;
DROP TABLE mandates;
