#!/usr/bin/env bash
# Run once by the PostgreSQL image when its data folder is new.
set -euo pipefail
psql --username "${POSTGRES_USER:-postgres}" --set ON_ERROR_STOP=1 \
  --set password="$(tr -d '\n' < /run/secrets/alvara-password)" <<'SQL'
CREATE ROLE alvara LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE alvara OWNER alvara ENCODING 'UTF8' TEMPLATE template0;
SQL
