/** Every text of the pages. Its type is what a language has to have, so an incomplete one does not compile. */
export const en = {
  signIn: {
    title: 'Sign in',
    lead: (client: string) => `to continue to ${client}`,
    username: 'User name',
    password: 'Password',
    show: 'Show',
    showPassword: 'Show password',
    hide: 'Hide',
    hidePassword: 'Hide password',
    submit: 'Sign in',
    cancel: 'Cancel',
  },
  problems: {
    wrong: {
      title: 'Wrong user name or password',
      text: () => 'Check both, and the Caps Lock key, and try again.',
    },
    throttled: {
      title: 'Too many attempts',
      text: (wait: string) => `To protect this account, signing in is paused. Try again in ${wait}.`,
    },
    overloaded: { title: 'The server is busy', text: (wait: string) => `Try again in ${wait}.` },
  },
  selectAccount: {
    title: 'Choose an account',
    another: 'Use another account',
  },
  consent: {
    title: (client: string) => `Allow ${client} to use your account?`,
    asks: (client: string) => `${client} wants to:`,
    resources: 'This applies to',
    allow: 'Allow',
    deny: 'Deny',
    returnTo: (host: string) => `Either way you go back to ${host}.`,
    returnToDevice: 'Either way you go back to the application on this device.',
  },
  scope: {
    openid: 'Recognize you whenever you sign in',
    profile: 'See your name and the rest of your profile',
    email: 'See your email address',
    address: 'See your postal address',
    phone: 'See your phone number',
    offline_access: 'Keep this access while you are away, even after you sign out',
    roles: 'See which roles you have',
    groups: 'See which groups you belong to',
  },
  otherScope: (value: string) => `Use the permission “${value}”`,
  formPost: {
    title: 'Taking you back to the application',
    text: 'If nothing happens, press the button.',
    submit: 'Continue',
  },
  signOut: {
    title: 'Do you want to sign out?',
    text: 'Applications you opened with this sign-in will lose their access, too.',
    submit: 'Sign out',
    stay: 'Stay signed in',
  },
  signedOut: {
    title: 'You are signed out',
    text: 'You can close this page now.',
  },
  errors: {
    invalid_request: {
      title: 'This request cannot be accepted',
      text: 'The application sent something that this server cannot accept. Go back to the application and try again.',
    },
    unknown_client: {
      title: 'This application is not known here',
      text: 'It is not registered with this server, so nobody can sign in to it.',
    },
    unregistered_redirect_uri: {
      title: 'You were not sent on',
      text: 'The application wants to send you to an address that is not registered for it. To protect you, we stopped here.',
    },
    expired: {
      title: 'This page has expired',
      text: 'A sign-in has to be finished within ten minutes. Go back to the application and start again there.',
    },
    other_browser: {
      title: 'This sign-in was not started here',
      text: 'It was started in another browser, or this one does not keep our cookies. Go back to the application and start again there.',
    },
    foreign_form: {
      title: 'Another site tried to act for you',
      text: 'To protect you, nothing was done. Go back to the application and start again there.',
    },
    signed_out: {
      title: 'You are no longer signed in',
      text: 'Go back to the application and start again there.',
    },
    unavailable: {
      title: 'This does not work right now',
      text: 'Please try again in a minute.',
    },
    server_error: {
      title: 'Something went wrong',
      text: 'The fault is ours, and it has been recorded. Please try again later.',
    },
  },
  error: {
    detail: 'For the developer',
    requestId: 'Request number',
  },
}

export type Texts = typeof en
