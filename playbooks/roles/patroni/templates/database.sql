-- The password must not reach the server's log or the statement statistics.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SELECT 'created' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{{ patroni_database }}');
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', '{{ patroni_user }}', '{{ secrets.his_app }}')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{{ patroni_user }}') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', '{{ patroni_database }}', '{{ patroni_user }}')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{{ patroni_database }}') \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', '{{ patroni_database }}')
 WHERE EXISTS (SELECT FROM pg_database WHERE datname = '{{ patroni_database }}' AND has_database_privilege('public', oid, 'CONNECT')) \gexec
