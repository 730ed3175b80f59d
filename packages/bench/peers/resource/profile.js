/** The answer of `GET /users/me`, the same from every contestant. */
export const profileOf = (claims) => ({
  sub: claims.sub,
  username: claims.preferred_username,
  full_name: claims.name ?? null,
  disabled: false,
})

/** The same for those that know no token: what the limits answer to everybody. */
export const someProfile = () =>
  profileOf({ sub: 'usr_5tTqmbVJWkPTyBBBqvDNbA', preferred_username: 'alice', name: 'Alice Wonderland' })
