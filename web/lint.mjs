// What a source of the pages may not contain: markup from text, inline style or script, any other
// origin, storage beyond view preferences. One finding per line; used by the bundler and the tests.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const RULES = [
  [/innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|parseHTMLUnsafe|setHTMLUnsafe/, 'text becomes markup'],
  [/dangerouslySetInnerHTML/, 'text becomes markup'],
  [/\bstyle=("|'|\{["'`])/, 'style attribute: the policy of the page drops it'],
  [/setAttribute\(\s*['"](style|on\w+)/, 'attribute the policy of the page drops'],
  [/javascript:/i, 'script in a link'],
  [/\beval\(|new Function\(|import\(\s*[^'"`\s]/, 'code from text'],
  [/https?:\/\/|['"(]\/\/[a-z]/i, 'address outside the portal'],
  [/sessionStorage|indexedDB|serviceWorker|document\.cookie/, 'storage the pages do not use'],
];

export function lintText(name, text) {
  const found = [];
  text.split('\n').forEach((line, at) => {
    for (const [rule, why] of RULES) if (rule.test(line)) found.push(`${name}:${at + 1}: ${why}`);
  });
  return found;
}

export function lintTree(root) {
  const found = [];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (/\.(tsx?|css)$/.test(entry.name)) found.push(...lintText(path, readFileSync(path, 'utf8')));
    }
  };
  for (const folder of ['src', 'css']) walk(join(root, folder));
  return found;
}
