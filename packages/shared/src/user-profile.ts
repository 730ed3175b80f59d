/** The body of `GET /users/me`. */
export interface UserProfile {
  readonly sub: string
  readonly username: string
  /** `null` when the user has no name. */
  readonly full_name: string | null
  /** Always `false`: a disabled user's token is refused. */
  readonly disabled: false
}
