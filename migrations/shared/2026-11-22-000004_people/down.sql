DROP TABLE trial_parts;
DROP TABLE trials;
DROP TABLE registrations;
DROP TABLE registration_rules;
DROP TABLE sites;
DROP TABLE contacts;
DROP TABLE customers;
