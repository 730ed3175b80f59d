/** Lets the rest of a transaction on PostgreSQL take as long as it needs: for waiting in line, and for migrations. */
export const WITHOUT_TIMEOUT = 'set local statement_timeout = 0'
