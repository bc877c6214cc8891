/** What a shell reads once so that Tab asks us: `source <(freehold completion bash)`. The words come from complete(). */

const bash = `# freehold: completion for bash. In ~/.bashrc: source <(freehold completion bash)
_freehold() {
  local IFS=$'\\n'
  COMPREPLY=($("$1" completion bash --words="\${COMP_WORDS[*]:1:COMP_CWORD}" 2>/dev/null))
  # To bash, --flag=value is three words, of which it replaces the last.
  if [[ "\${COMP_WORDS[COMP_CWORD]}" == "=" || "\${COMP_WORDS[COMP_CWORD-1]}" == "=" ]]; then
    COMPREPLY=("\${COMPREPLY[@]#*=}")
  fi
  # A catalog, of which a name has to follow.
  if [[ "\${#COMPREPLY[@]}" == 1 && "\${COMPREPLY[0]}" == */ ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o default -F _freehold freehold
`;

const zsh = `#compdef freehold
# freehold: completion for zsh. In ~/.zshrc, behind compinit: source <(freehold completion zsh)
_freehold() {
  local -a found open
  found=("\${(@f)$("\${words[1]}" completion zsh --words="\${(F)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then
    # A catalog, of which a name has to follow.
    open=(\${(M)found:#*/})
    found=(\${found:#*/})
    (( $#found )) && _describe -t words freehold found
    (( $#open )) && _describe -t catalogs catalog open -S ""
    return 0
  else
    _files
  fi
}
compdef _freehold freehold
`;

export const scripts = { bash, zsh };
export type Shell = keyof typeof scripts;
