// App settings that are missing or invalid: nothing works until they are set.

/** The message, for the log, says how to write each setting. `settings` are their names, which are public; neither contains a value. */
export class SettingsError extends Error {
  readonly settings: readonly string[]
  constructor(problems: readonly { readonly setting: string; readonly wrong: string }[]) {
    super(`The app settings are not complete:\n  ${problems.map(({ setting, wrong }) => `${setting} ${wrong}`).join('\n  ')}`)
    this.settings = [...new Set(problems.map(({ setting }) => setting))]
  }
}
