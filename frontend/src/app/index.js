// Behaviours of every page. Nothing here knows what a page is about.
import './app.css';
import 'bootstrap/js/dist/collapse.js';
import 'bootstrap/js/dist/dropdown.js';
import 'bootstrap/js/dist/offcanvas.js';
import { installRequests } from './requests.js';
import { ask, installConfirm } from './confirm.js';
import { installFrame } from './frame.js';
import { installSortable } from './sortable.js';
import { installForms } from './forms.js';
import { installKeys } from './keys.js';
import { installPads, signed, unsigned } from './pads.js';
import { toast } from './toast.js';

document.documentElement.classList.add('js');
installRequests();
installConfirm();
installForms();
installFrame();
installKeys();
installPads();
installSortable();

// The other bundles use these; a page never calls them.
window.zd = { toast, signed, unsigned, ask: (options) => ask(document.getElementById('confirm'), options) };
