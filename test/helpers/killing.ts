/** Commands that change something: a program may die before and after each of them. */
const CHANGING = "cat chmod chown cp install ln mkdir mv rm sync tar touch".split(" ");

/**
 * Shell for `before` that kills the program, and all it started, at its boundary number `at`: before or after an event, or
 * before or after a command that changes something. Boundaries are counted in a file, since many lie in subshells.
 */
export function killingAt(at: number, counter: string): string {
  const around = (command: string) => `${command}() {
  boundary
  command ${command} "$@"
  ended=$?
  boundary
  return $ended
}`;
  return `: >'${counter}'
boundary() {
  printf x >>'${counter}'
  passed=''
  read -r passed <'${counter}' || :
  [ "\${#passed}" -ne ${at} ] || kill -9 0
}
say() {
  boundary
  printf '%s\\n' "$*" >&3 || exit 141
  boundary
}
${CHANGING.map(around).join("\n")}`;
}
