// Problems about users of databases, which the app makes as an administrator of the server.
import { links, pages, type Rows } from './row.ts'

export const databaseRows = {
  NotDatabaseAdministrator: {
    kind: 'right',
    text: 'The app is not a Microsoft Entra administrator of {server}, so it cannot make the user of the connection in {database}.',
    cause: 'The server refused the app: {message}',
    remediation:
      'Make the identity of the app a Microsoft Entra administrator of the server; the app then continues by itself. Or run the statements below as an administrator, and declare the connection with role=none (over HTTP: authMode optOutAllAuth).',
    link: links.databaseEntra,
  },
  DatabaseUnreachable: {
    kind: 'reach',
    text: 'The app does not reach the database server {server}, so it cannot make the user of the connection in {database}.',
    cause: 'The firewall of the server does not let the app in, or the server is in a private network: {message}',
    remediation:
      'Let the outbound addresses of the app in, or name them in CONNECTOR_OWN_ADDRESSES, so that it lets itself in while it is there; or integrate the app into the network of the server. It then continues by itself. Or run the statements below as an administrator, and declare the connection with role=none (over HTTP: authMode optOutAllAuth).',
    link: links.databaseFirewall,
  },
  DatabaseMissing: {
    kind: 'fault',
    text: 'The server {server} has no database {database}.',
    cause: 'It was deleted or misspelled: {message}',
    remediation: 'Create it, or name another one; the app then continues by itself.',
    ...pages.targets,
  },
  DatabaseUserOwns: {
    kind: 'fault',
    text: 'The user {user} owns objects in the database {database} of {server}, so it stays.',
    cause: 'Dropping the user would drop its objects, or give them to another owner. What it was granted is revoked.',
    remediation: 'Give its objects to another role (REASSIGN OWNED), and drop the user; the app tries again by itself.',
    link: links.reassignOwned,
  },
  DatabaseUserTaken: {
    kind: 'fault',
    text: 'The name {user} is taken on the server {server}: its user stands for another principal.',
    cause:
      'The app makes a user of this name for the identity of the connection. It neither drops nor grants anything to a user of another principal.',
    remediation: 'Find out who made it, and drop it: the app then makes its own.',
    ...pages.targets,
  },
  DatabaseRefused: {
    kind: 'fault',
    text: 'The server {server} refused a statement in the database {database} ({answer}).',
    cause: '{message}',
    remediation: 'The app tries again by itself. If it goes on, ask the administrator of the server.',
    ...pages.targets,
  },
} as const satisfies Rows
