DROP TABLE machine_contacts;
DROP TABLE deactivations;
DROP TABLE license_users;
DROP TABLE seats;
DROP TABLE seat_pools;
