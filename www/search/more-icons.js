// Symbols that are drawn after the first use.

import { ICONS } from './icons.js';

Object.assign(ICONS, {
  end: 'm10 7 5 5-5 5',
  start: 'm14 7-5 5 5 5',
  again: 'M19 12a7 7 0 1 1-2.1-5M19 4.5V8h-3.5',
  bin: 'M4.5 7h15M10 4.5h4M6.5 7l.8 11a2 2 0 0 0 2 1.9h5.4a2 2 0 0 0 2-1.9l.8-11',
  crop: 'M7 3v12a2 2 0 0 0 2 2h12M3 7h12a2 2 0 0 1 2 2v12',
  out: 'M9 6.5h8.5V15M17 7 7 17',
  type: 'M5 7.5V6a1 1 0 0 1 1-1h12a1 1 0 0 1 1 1v1.5M12 5v14m-2.5 0h5',
  whole: 'M4 9V6a2 2 0 0 1 2-2h3m6 0h3a2 2 0 0 1 2 2v3m0 6v3a2 2 0 0 1-2 2h-3m-6 0H6a2 2 0 0 1-2-2v-3',
  filter: 'M4 7.5h9m5 0h2M13 7.5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M4 16.5h2m5 0h9M6 16.5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0',
});
