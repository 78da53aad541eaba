/** The name of an environment variable. */
export const variableNamePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;
