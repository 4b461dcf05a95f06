// The one guard for input methods: a key pressed while a word is being composed belongs to the
// input method, not to the page. Safari reports the confirming Enter with isComposing false and
// the key code 229.
export function composing(event: { isComposing?: boolean; keyCode?: number }): boolean {
  return event.isComposing === true || event.keyCode === 229;
}

// On forms: Enter that confirms a conversion must not send the form.
export function guardEnter(event: KeyboardEvent) {
  if (event.key === 'Enter' && composing(event)) event.preventDefault();
}

// Codes only (never names or free text): full-width digits become digits, blanks go.
export function plainCode(text: string): string {
  return text.normalize('NFKC').replace(/[\s-]/g, '');
}
