// The browser's end of the voice room: one socket and at most one call a page. It is kept over reruns and page switches, and found as
// globalThis[Symbol.for("omni.voice")]. Nothing is opened before a view asks, and the microphone not before its user does.

const VOICE = Symbol.for("omni.voice");
const ROOM_LISTENERS = Symbol.for("omni.room.listeners");
const NOT_IN = 4404;
const GATHER_MS = 3000;
const CONNECT_MS = 20000;
const BACK_MS = [500, 1000, 2000, 4000, 8000];
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

function theCall() {
  return (globalThis[VOICE] ??= new VoiceCall());
}

class VoiceCall {
  constructor() {
    this.state = "out"; // out, asking, connecting, in, back (coming back after a lost connection)
    this.problem = "";
    this.people = [];
    this.muted = false;
    this.speaks = true;
    this.failures = 0;
    this.views = new Set();
    this.watched = 0; // views that show who is in the room also while this page is not
    (globalThis[ROOM_LISTENERS] ??= new Set()).add((change) => change.what === "ended" && this.left());
    window.addEventListener("pagehide", () => this.hangUp());
  }

  tell() {
    for (const view of this.views) view();
  }

  get busy() {
    return this.state !== "out";
  }

  // -- the socket: who is there, and the call's life --------------------------------------------------------------

  // Returns the way to stop looking; the socket goes with the last who looks, unless there is a call.
  look(session) {
    this.session = session;
    this.watched += 1;
    this.reach();
    return () => {
      this.watched -= 1;
      setTimeout(() => this.rest(), 1000); // another view may come in a moment: the page is being drawn again
    };
  }

  rest() {
    if (this.watched > 0 || this.busy) return;
    this.drop();
    this.people = [];
  }

  drop() {
    const socket = this.socket;
    this.socket = null;
    this.ready = null;
    clearTimeout(this.reaching);
    socket?.close();
  }

  // Opens the socket unless it is; gives what the server said first: {ice}.
  reach() {
    if (this.ready) return this.ready;
    const address = new URL("/api/voice", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.socket = socket;
    const ready = new Promise((resolve, reject) => {
      socket.onopen = () => socket.send(JSON.stringify({ session: this.session }));
      socket.onmessage = (event) => {
        const message = JSON.parse(event.data);
        if (message.type === "ready") resolve(message);
        else if (this.socket === socket) this.heard(message);
      };
      socket.onclose = (event) => {
        reject(new Error(event.code === NOT_IN ? "This page is in no session." : "The app cannot be reached."));
        if (this.socket === socket) this.closed(event.code);
      };
    });
    ready.catch(() => {}); // whoever waits is told; nobody may
    this.ready = ready;
    return ready;
  }

  closed(code) {
    this.socket = this.ready = null;
    this.people = [];
    this.waiting?.reject(new Error("The app cannot be reached."));
    if (this.state === "in") this.comeBack();
    else if (this.watched > 0 && code !== NOT_IN) {
      clearTimeout(this.reaching);
      const pause = BACK_MS[Math.min(this.failures++, BACK_MS.length - 1)];
      this.reaching = setTimeout(() => this.watched > 0 && this.reach(), pause);
    }
    this.tell();
  }

  heard(message) {
    this.failures = 0;
    if (message.type === "people") this.people = message.people;
    if (message.type === "answer") this.waiting?.resolve(message.answer);
    if (message.type === "refused") this.waiting?.reject(new Error(message.why));
    if (message.type === "ended" && this.busy) this.out(message.why);
    this.tell();
  }

  say(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  // -- the call ---------------------------------------------------------------------------------------------------

  // Asks for the microphone, unless only listening, and joins. What goes wrong is said in `problem`, with what to do.
  async join(speaks) {
    if (this.busy) return;
    Object.assign(this, { speaks, muted: false, problem: "", state: speaks ? "asking" : "connecting" });
    this.player = new Audio(); // made within the click that joins, so that the browser lets it play
    this.player.autoplay = true;
    this.tell();
    const turn = (this.turn = {});
    try {
      if (speaks) await this.openMicrophone(turn);
      if (this.turn !== turn) return;
      this.state = "connecting";
      this.tell();
      await this.connect(turn);
    } catch (problem) {
      if (this.turn === turn) this.out(problem.message);
    }
  }

  async openMicrophone(turn) {
    const media = navigator.mediaDevices;
    if (!media?.getUserMedia)
      throw new Error("This browser gives the microphone to pages over https or on this machine only. Open the app that way, or only listen.");
    let stream;
    try {
      stream = await media.getUserMedia({ audio: SOUND, video: false });
    } catch (problem) {
      throw new Error(microphoneWords(problem));
    }
    if (this.turn !== turn) return stopTracks(stream);
    this.microphone = stream;
    stream.getAudioTracks()[0].addEventListener("ended", () => this.microphone === stream && this.out("The microphone was unplugged or taken away. Join again, or only listen."));
  }

  async connect(turn) {
    const { ice } = await this.reach();
    if (this.turn !== turn) return;
    const peer = (this.peer = new RTCPeerConnection({ iceServers: ice }));
    peer.ontrack = ({ track }) => {
      this.player.srcObject = new MediaStream([track]);
      this.player.play().catch(() => this.silent());
    };
    const connected = new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(noWay(ice))), CONNECT_MS);
      peer.onconnectionstatechange = () => {
        if (this.peer !== peer) return clearTimeout(late);
        if (peer.connectionState === "connected") resolve(clearTimeout(late));
        if (peer.connectionState === "failed") {
          clearTimeout(late);
          reject(new Error(noWay(ice)));
          if (this.state === "in") this.comeBack();
        }
      };
    });
    connected.catch(() => {});
    if (this.microphone) this.microphone.getAudioTracks().forEach((track) => peer.addTrack(track, this.microphone));
    else peer.addTransceiver("audio", { direction: "recvonly" });
    await peer.setLocalDescription(await peer.createOffer());
    await gathered(peer);
    if (this.turn !== turn) return;
    const answer = await new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.say({ type: "join", offer: peer.localDescription.sdp, speaks: Boolean(this.microphone), muted: this.muted });
    });
    this.waiting = null;
    if (this.turn !== turn) return;
    await peer.setRemoteDescription({ type: "answer", sdp: answer });
    await connected;
    if (this.turn !== turn) return;
    this.state = "in";
    this.returns = 0;
    this.tell();
  }

  silent() {
    this.problem = "This browser keeps the sound off. Press anywhere on the page to hear the others.";
    const again = () => this.player?.play().then(() => ((this.problem = ""), this.tell()), () => {});
    window.addEventListener("pointerdown", again, { once: true });
    this.tell();
  }

  // A muted track sends silence, and the server drops what comes all the same.
  mute(muted) {
    this.muted = muted;
    this.microphone?.getAudioTracks().forEach((track) => (track.enabled = !muted));
    this.say({ type: "mute", muted });
    this.tell();
  }

  // The connection was lost while in the call: the microphone stays as it is, muted too, and the call is made anew.
  comeBack() {
    const tries = this.returns ?? 0;
    this.endPeer();
    if (tries >= BACK_MS.length) return this.out("The connection of this call was lost. Join again once the app can be reached.");
    this.returns = tries + 1;
    this.state = "back";
    const turn = (this.turn = {});
    setTimeout(async () => {
      if (this.turn !== turn) return;
      try {
        await this.connect(turn);
      } catch {
        if (this.turn === turn) this.comeBack();
      }
    }, BACK_MS[tries]);
    this.tell();
  }

  leave() {
    this.say({ type: "leave" });
    this.out("");
  }

  // This page has left the session, or was taken out of it.
  left() {
    if (this.busy) this.out("You are no longer in the session, so the call has ended.");
    this.drop();
    this.people = [];
    this.tell();
  }

  hangUp() {
    this.turn = null;
    this.endPeer();
    stopTracks(this.microphone);
    this.microphone = null;
    if (this.player) this.player.srcObject = null;
    this.player = null;
  }

  out(problem) {
    if (this.busy && this.state !== "asking") this.say({ type: "leave" });
    this.hangUp();
    this.state = "out";
    this.returns = 0;
    this.problem = problem;
    this.rest();
    this.tell();
  }

  endPeer() {
    const peer = this.peer;
    this.peer = null;
    this.waiting?.reject(new Error("The call was ended."));
    this.waiting = null;
    peer?.close();
  }
}

function stopTracks(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

// Waits until the browser knows its own addresses: the offer carries them all.
function gathered(peer) {
  if (peer.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    const late = setTimeout(resolve, GATHER_MS);
    peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && resolve(clearTimeout(late)));
  });
}

function microphoneWords(problem) {
  switch (problem.name) {
    case "NotAllowedError":
      return "The browser did not allow the microphone. Allow it beside the address bar and press Join voice again, or only listen.";
    case "NotFoundError":
      return "No microphone was found. Plug one in and press Join voice again, or only listen.";
    case "NotReadableError":
      return "Another program holds the microphone. Close it there and press Join voice again, or only listen.";
  }
  return "The microphone cannot be used in this browser. Only listening may work.";
}

function noWay(ice) {
  const known = ice.length ? "The servers set in WEBRTC_ICE_SERVERS did not help." : "Where UDP is blocked, the operator can set a TURN server in WEBRTC_ICE_SERVERS.";
  return `No way for the sound was found between this browser and the server. ${known} The guide says how: Collaboration, Voice.`;
}
