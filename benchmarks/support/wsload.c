/* wsload - one-process, one-thread WebSocket room load generator (epoll, C, zlib).
 * Loopback only (127.0.0.1). Every run is bounded in count and time.
 *
 * modes: join   connect all, report the time until all have joined, quit
 *        idle   connect all, wait -d s, report server RSS before/after
 *        closed closed loop, -W senders per room each with one outstanding message -> max throughput
 *        open   open loop at -R messages/s total (latency measured from the INTENDED send time)
 *        slow   open loop; member 0 of every room stops reading (SO_RCVBUF 4 KiB)
 * protos: plain  one text frame per message; path "/room/<r>"; the server must fan it out to the others
 *         sio    socket.io v4 (engine.io 4, websocket transport only); path "/socket.io/?EIO=4&transport=websocket&room=<r>"
 *         yws    y-websocket binary sync protocol; path "/room-<r>"
 *         hp     hocuspocus; path "/"
 *         proto  plain + waits for the first text frame (snapshot/welcome) before counting as joined
 *         omni   the protocol of docs/collaboration.md: hello with a token (-t FILE, one line a connection), ops with an id of their own
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

typedef struct {
  int fd, idx, room, slot, state;      /* state 0 connecting,1 handshake,2 proto join,3 ready,4 dead */
  uint8_t *in; size_t inlen, incap;    /* partial frame */
  uint8_t *out; size_t outlen, outoff, outcap;
  int wantw;
  uint32_t cid, clock;                 /* yjs */
  uint32_t got;                        /* closed: deliveries of current message */
  uint64_t sent_at; uint32_t seq;
  int deflate, s_nct; int c_bits; z_stream *inf;
  int noread; uint64_t rx;
} conn_t;

static int nports, ports[8];
static const char *mode = "closed", *proto = "plain", *label = "", *pathfmt = NULL;
static int rooms = 20, per = 10, size = 200, W = 2, deflate_on = 0, inflight = 64, pid[4], npid, json_only = 0;
static double dur = 5, warm = 1, rate = 1000;
static conn_t *C; static int N;
static int ep, tfd;
static uint8_t *gbuf; static size_t gcap = 4 << 20;
static uint8_t *zout; static size_t zcap = 4 << 20;
static char *tmpl; static int mark_off, id_off = -1;
static char **tok; static const char *tokfile = NULL;
static uint32_t *lat; static size_t nlat, latcap = 40u << 20;
static uint64_t deliveries, sent, echoes, bytes_rx, closed_by_server, stalls;
static int joined, dead, connecting, next_connect;
static int measuring; static uint64_t t_measure0;
static z_stream defl; static int defl_init;

static uint64_t now(void){ struct timespec t; clock_gettime(CLOCK_MONOTONIC,&t); return (uint64_t)t.tv_sec*1000000000ull+t.tv_nsec; }
static void die(const char*s){ perror(s); exit(2); }

static double proc_cpu(int p){ char b[96]; double s=0; if(!p) return 0; snprintf(b,96,"/proc/%d/task",p); DIR*d=opendir(b); if(!d) return 0; struct dirent*e;
  while((e=readdir(d))){ if(e->d_name[0]=='.') continue; char f[256]; snprintf(f,256,"/proc/%d/task/%s/schedstat",p,e->d_name); FILE*fp=fopen(f,"r"); unsigned long long a; if(fp){ if(fscanf(fp,"%llu",&a)==1) s+=a/1e9; fclose(fp);} } closedir(d); return s; }
static double cpu_all(void){ double s=0; for(int i=0;i<npid;i++) s+=proc_cpu(pid[i]); return s; }
static long rss1(int p){ char b[64]; long r=0; snprintf(b,64,"/proc/%d/status",p); FILE*f=fopen(b,"r"); if(!f) return 0; char l[256]; while(fgets(l,256,f)) if(sscanf(l,"VmRSS: %ld",&r)==1) break; fclose(f); return r; }
static long rss_all(void){ long s=0; for(int i=0;i<npid;i++) s+=rss1(pid[i]); return s; }
static double self_cpu(void){ struct rusage r; getrusage(RUSAGE_SELF,&r); return r.ru_utime.tv_sec+r.ru_utime.tv_usec/1e6+r.ru_stime.tv_sec+r.ru_stime.tv_usec/1e6; }

static void arm(conn_t*c,int w){ if(c->wantw==w && c->state>0) return; c->wantw=w; struct epoll_event e={.events=(c->noread?0:EPOLLIN)|(w?EPOLLOUT:0),.data.ptr=c}; epoll_ctl(ep,EPOLL_CTL_MOD,c->fd,&e); }
static void kill_conn(conn_t*c){ if(c->state==4) return; if(c->state<3 && c->state>=0) connecting--; close(c->fd); c->state=4; dead++; }
static void rawsend(conn_t*c,const void*p,size_t n){
  if(c->state==4) return;
  if(c->outlen==c->outoff){ ssize_t r=write(c->fd,p,n); if(r<0){ if(errno!=EAGAIN){ closed_by_server++; kill_conn(c); return;} r=0; }
    p=(char*)p+r; n-=r; if(!n) return; c->outlen=c->outoff=0; }
  if(c->outlen+n>c->outcap){ c->outcap=(c->outlen+n)*2; c->out=realloc(c->out,c->outcap); }
  memcpy(c->out+c->outlen,p,n); c->outlen+=n; arm(c,1);
}
static uint8_t *fb; static size_t fcap;
static void sendframe(conn_t*c,int op,const uint8_t*p,size_t n,int rsv1){
  if(fcap<n+16){ fcap=n+1024; fb=realloc(fb,fcap); }
  static const uint8_t k[4]={0x37,0xfa,0x21,0x3d}; size_t h=0; fb[h++]=0x80|(rsv1?0x40:0)|op;
  if(n<126) fb[h++]=0x80|n; else if(n<65536){ fb[h++]=0x80|126; fb[h++]=n>>8; fb[h++]=n; } else { fb[h++]=0x80|127; for(int i=7;i>=0;i--) fb[h++]=(uint64_t)n>>(8*i); }
  memcpy(fb+h,k,4); h+=4; for(size_t i=0;i<n;i++) fb[h+i]=p[i]^k[i&3];
  rawsend(c,fb,h+n);
}
/* lib0 var encoding */
static uint8_t *vu(uint8_t*p,uint64_t v){ while(v>127){ *p++=0x80|(v&127); v>>=7; } *p++=v; return p; }
static uint8_t *vs(uint8_t*p,const char*s,size_t n){ p=vu(p,n); memcpy(p,s,n); return p+n; }
static uint8_t *yb,*yu;
static size_t yjs_update(conn_t*c,uint8_t*o){ /* ymap "m".set("c<idx>", <tmpl>) */
  uint8_t*p=o; p=vu(p,1); p=vu(p,1); p=vu(p,c->cid); p=vu(p,c->clock);
  if(c->clock==0){ char key[16]; int kn=snprintf(key,16,"c%d",c->slot); *p++=8|0x20; p=vu(p,1); p=vs(p,"m",1); p=vs(p,key,kn); }
  else { *p++=8|0x80|0x20; p=vu(p,c->cid); p=vu(p,c->clock-1); }
  p=vu(p,1); *p++=119; p=vs(p,tmpl,size);
  if(c->clock==0) p=vu(p,0); else { p=vu(p,1); p=vu(p,c->cid); p=vu(p,1); p=vu(p,c->clock-1); p=vu(p,1); }
  c->clock++; return p-o;
}
static void stamp(conn_t*c,uint64_t t){ char b[40]; snprintf(b,40,"@T%016llx#%06x",(unsigned long long)t,c->idx); memcpy(tmpl+mark_off,b,25); if(id_off>=0){ snprintf(b,40,"%016llx-%06x",(unsigned long long)t,c->idx); memcpy(tmpl+id_off,b,23);} }
static size_t hpname(uint8_t*o,conn_t*c){ char nm[24]; int n=snprintf(nm,24,"room-%d",c->room); return vs(o,nm,n)-o; }
static void sendmsg_(conn_t*c,uint64_t t){
  if(c->state!=3) return;
  stamp(c,t); c->sent_at=t; c->got=0; if(measuring) sent++;
  if(!strcmp(proto,"plain")||!strcmp(proto,"proto")||!strcmp(proto,"omni")){
    if(c->deflate){ if(!defl_init){ deflateInit2(&defl,1,Z_DEFLATED,-c->c_bits,8,0); defl_init=1; } deflateReset(&defl); defl.next_in=(void*)tmpl; defl.avail_in=size; defl.next_out=zout; defl.avail_out=zcap; deflate(&defl,Z_SYNC_FLUSH); size_t n=zcap-defl.avail_out-4; static uint8_t*cp; static size_t cc; if(cc<n){cc=n*2;cp=realloc(cp,cc);} memcpy(cp,zout,n); sendframe(c,1,cp,n,1); }
    else sendframe(c,1,(uint8_t*)tmpl,size,0);
  } else if(!strcmp(proto,"sio")){
    static char*b; if(!b) b=malloc(size+64); int h=sprintf(b,"42[\"m\","); memcpy(b+h,tmpl,size); b[h+size]=']'; sendframe(c,1,(uint8_t*)b,h+size+1,0);
  } else {
    if(!yb){ yb=malloc(size+512); yu=malloc(size+512); }
    size_t un=yjs_update(c,yu); uint8_t*p=yb; if(!strcmp(proto,"hp")) p+=hpname(p,c); p=vu(p,0); p=vu(p,2); p=vs(p,(char*)yu,un); sendframe(c,2,yb,p-yb,0);
  }
}
static void ready(conn_t*c){ if(c->state==3) return; c->state=3; connecting--; joined++; if(!strcmp(mode,"slow")&&c->slot==0){ c->noread=1; struct epoll_event e={.events=0,.data.ptr=c}; epoll_ctl(ep,EPOLL_CTL_MOD,c->fd,&e);} }
static void upgraded(conn_t*c){
  uint8_t b[256],*p=b;
  if(!strcmp(proto,"plain")) { ready(c); return; }
  c->state=2;
  if(!strcmp(proto,"omni")){ static char h[4200]; int n=snprintf(h,4200,"{\"type\":\"hello\",\"token\":\"%s\"}",tok[c->idx]); sendframe(c,1,(uint8_t*)h,n,0); return; }
  if(!strcmp(proto,"yws")){ p=vu(p,0); p=vu(p,0); p=vu(p,1); *p++=0; sendframe(c,2,b,p-b,0); }
  else if(!strcmp(proto,"hp")){
    p+=hpname(p,c); p=vu(p,2); p=vu(p,0); p=vs(p,"tok",3); p=vs(p,"3.0.0",5); sendframe(c,2,b,p-b,0);
    p=b; p+=hpname(p,c); p=vu(p,0); p=vu(p,0); p=vu(p,1); *p++=0; sendframe(c,2,b,p-b,0); }
}
static void delivered(conn_t*c,const char*m){
  uint64_t t=0; for(int i=0;i<16;i++){ char x=m[2+i]; t=t<<4|(x<='9'?x-'0':x-'a'+10);} uint32_t s=0; for(int i=0;i<6;i++){ char x=m[19+i]; s=s<<4|(x<='9'?x-'0':x-'a'+10);} 
  if(s>=(uint32_t)N) return; if((int)s==c->idx){ echoes++; return; }
  conn_t*S=&C[s]; uint64_t n=now();
  if(measuring && t>=t_measure0){ deliveries++; if(nlat<latcap) lat[nlat++]=(n-t)/100>0xffffffffull?0xffffffff:(n-t)/100; }
  if(!strcmp(mode,"closed") && t==S->sent_at){ if(++S->got==(uint32_t)per-1) sendmsg_(S,now()); }
}
static void message(conn_t*c,int op,uint8_t*p,size_t n){
  if(c->state==2){
    if(!strcmp(proto,"sio")){ if(n&&p[0]=='0'){ sendframe(c,1,(uint8_t*)"40",2,0); return;} if(n>1&&p[0]=='4'&&p[1]=='0'){ ready(c); return; } }
    else if(!strcmp(proto,"yws")){ if(n>1&&p[0]==0&&p[1]==1) ready(c); }
    else if(!strcmp(proto,"hp")){ size_t l=p[0]; if(n>l+2&&p[1+l]==0&&p[2+l]==1) ready(c); }
    else if(!strcmp(proto,"proto")) ready(c);
    else if(!strcmp(proto,"omni")){ if(memmem(p,n<40?n:40,"\"presence\"",10)) ready(c); else return; }
  }
  if(n==1&&p[0]=='2'&&!strcmp(proto,"sio")){ sendframe(c,1,(uint8_t*)"3",1,0); return; }
  char*m=memmem(p,n<700?n:700,"@T",2); if(m&&m+25<=(char*)p+n) delivered(c,m);
}
static void frame(conn_t*c,int b0,uint8_t*p,size_t n){
  int op=b0&15; c->rx++;
  if(op==9){ sendframe(c,10,p,n<125?n:125,0); return; }
  if(op==10) return;
  if(op==8){ closed_by_server++; if(getenv("WSDBG")) fprintf(stderr,"close conn %d code %d %.*s\n",c->idx,n>=2?p[0]<<8|p[1]:0,n>2?(int)n-2:0,(char*)p+2); kill_conn(c); return; }
  if(b0&0x40){ if(!c->inf){ c->inf=calloc(1,sizeof(z_stream)); inflateInit2(c->inf,-15);} 
    static uint8_t*zi; static size_t zic; if(zic<n+4){zic=(n+4)*2;zi=realloc(zi,zic);} memcpy(zi,p,n); memcpy(zi+n,"\0\0\xff\xff",4);
    c->inf->next_in=zi; c->inf->avail_in=n+4; c->inf->next_out=zout; c->inf->avail_out=zcap; int r=inflate(c->inf,Z_SYNC_FLUSH); if(r!=Z_OK&&r!=Z_BUF_ERROR){ fprintf(stderr,"inflate %d\n",r); kill_conn(c); return; }
    size_t on=zcap-c->inf->avail_out; if(c->s_nct) inflateReset(c->inf); message(c,op,zout,on); return; }
  message(c,op,p,n);
}
static void onread(conn_t*c){
  size_t off=c->inlen; if(off+65536>gcap){ gcap=off*2+65536; gbuf=realloc(gbuf,gcap);} if(off) memcpy(gbuf,c->in,off);
  size_t room=gcap-off; if(room>1048576) room=1048576;
  ssize_t r=read(c->fd,gbuf+off,room); if(r==0||(r<0&&errno!=EAGAIN)){ closed_by_server++; if(getenv("WSDBG")) fprintf(stderr,"eof conn %d state %d\n",c->idx,c->state); kill_conn(c); return; } if(r<0) return;
  bytes_rx+=r; size_t n=off+r,i=0; c->inlen=0;
  if(c->state==1){ char*e=memmem(gbuf,n,"\r\n\r\n",4); if(!e){ goto save; } if(memcmp(gbuf,"HTTP/1.1 101",12)){ fprintf(stderr,"refused: %.60s\n",gbuf); kill_conn(c); return; }
    *e=0; char*x=strcasestr((char*)gbuf,"permessage-deflate"); if(x){ c->deflate=1; c->s_nct=strstr(x,"server_no_context_takeover")!=0; char*y=strstr(x,"client_max_window_bits="); c->c_bits=y?atoi(y+23):15; if(c->c_bits<9) c->c_bits=9; }
    i=(uint8_t*)e+4-gbuf; upgraded(c); if(c->state==4) return; }
  while(i<n && c->state!=4){ size_t h=2; if(n-i<2) break; uint64_t l=gbuf[i+1]&127; if(l==126){ if(n-i<4) break; l=gbuf[i+2]<<8|gbuf[i+3]; h=4; } else if(l==127){ if(n-i<10) break; l=0; for(int k=0;k<8;k++) l=l<<8|gbuf[i+2+k]; h=10; }
    if(n-i<h+l) break; frame(c,gbuf[i],gbuf+i+h,l); i+=h+l; }
  if(c->state==4) return;
save: if(i<n){ size_t m=n-i; if(m>c->incap){ c->incap=m*2; c->in=realloc(c->in,c->incap);} memcpy(c->in,gbuf+i,m); c->inlen=m; }
}
static void start_connect(conn_t*c){
  c->fd=socket(AF_INET,SOCK_STREAM|SOCK_NONBLOCK,0); if(c->fd<0) die("socket"); int one=1; setsockopt(c->fd,IPPROTO_TCP,TCP_NODELAY,&one,sizeof one);
  if(!strcmp(mode,"slow")&&c->slot==0){ int s=4096; setsockopt(c->fd,SOL_SOCKET,SO_RCVBUF,&s,sizeof s); }
  struct sockaddr_in a={.sin_family=AF_INET,.sin_port=htons(ports[c->slot%nports]),.sin_addr.s_addr=htonl(INADDR_LOOPBACK)};
  if(connect(c->fd,(void*)&a,sizeof a)<0 && errno!=EINPROGRESS) die("connect");
  struct epoll_event e={.events=EPOLLOUT,.data.ptr=c}; epoll_ctl(ep,EPOLL_CTL_ADD,c->fd,&e); c->wantw=-1; connecting++; c->state=0;
}
static void onconnected(conn_t*c){
  int e=0; socklen_t l=sizeof e; getsockopt(c->fd,SOL_SOCKET,SO_ERROR,&e,&l); if(e){ fprintf(stderr,"connect: %s\n",strerror(e)); kill_conn(c); return; }
  c->state=1; char path[256],b[1024];
  if(pathfmt) snprintf(path,256,pathfmt,c->room,c->idx);
  else if(!strcmp(proto,"sio")) snprintf(path,256,"/socket.io/?EIO=4&transport=websocket&room=%d",c->room);
  else if(!strcmp(proto,"yws")) snprintf(path,256,"/room-%d",c->room);
  else if(!strcmp(proto,"hp")||!strcmp(proto,"omni")) snprintf(path,256,"/"); else snprintf(path,256,"/room/%d",c->room);
  int n=snprintf(b,1024,"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: http://127.0.0.1:8501\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",path,ports[c->slot%nports],deflate_on?"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n":"");
  arm(c,0); rawsend(c,b,n);
}
static void pump(int timeout){
  static struct epoll_event ev[512]; int n=epoll_wait(ep,ev,512,timeout);
  for(int i=0;i<n;i++){ conn_t*c=ev[i].data.ptr; if(!c) { uint64_t x; if(read(tfd,&x,8)){} continue; } if(c->state==4) continue;
    if(c->state==0){ if(ev[i].events&(EPOLLOUT|EPOLLERR|EPOLLHUP)) onconnected(c); continue; }
    if(c->noread && (ev[i].events&(EPOLLHUP|EPOLLERR))){ closed_by_server++; kill_conn(c); continue; }
    if(ev[i].events&EPOLLOUT){ ssize_t r=write(c->fd,c->out+c->outoff,c->outlen-c->outoff); if(r<0&&errno!=EAGAIN){ closed_by_server++; kill_conn(c); continue;} if(r>0) c->outoff+=r; if(c->outoff==c->outlen){ c->outoff=c->outlen=0; arm(c,0);} }
    if(c->state!=4 && !c->noread && (ev[i].events&(EPOLLIN|EPOLLHUP|EPOLLERR))) onread(c); }
}
static int cmp(const void*a,const void*b){ uint32_t x=*(uint32_t*)a,y=*(uint32_t*)b; return x<y?-1:x>y; }
static double pct(double q){ if(!nlat) return -1; size_t i=q*(nlat-1); return lat[i]/10000.0; }

int main(int ac,char**av){
  int o; while((o=getopt(ac,av,"p:m:P:r:n:s:d:w:W:R:zc:k:l:u:t:"))!=-1) switch(o){
    case 'p':{ char*s=strtok(optarg,","); while(s&&nports<8){ ports[nports++]=atoi(s); s=strtok(0,","); } break; }
    case 'm':mode=optarg;break; case 'P':proto=optarg;break; case 'r':rooms=atoi(optarg);break; case 'n':per=atoi(optarg);break; case 's':size=atoi(optarg);break;
    case 'd':dur=atof(optarg);break; case 'w':warm=atof(optarg);break; case 'W':W=atoi(optarg);break; case 'R':rate=atof(optarg);break; case 'z':deflate_on=1;break;
    case 'c':inflight=atoi(optarg);break; case 'l':label=optarg;break; case 'u':pathfmt=optarg;break; case 't':tokfile=optarg;break;
    case 'k':{ char*s=strtok(optarg,","); while(s&&npid<4){ pid[npid++]=atoi(s); s=strtok(0,","); } break; }
    default: return 2; }
  if(dur>120) dur=120; if(rooms*per>20000) return 2;
  N=rooms*per; C=calloc(N,sizeof *C); gbuf=malloc(gcap); zout=malloc(zcap); lat=malloc(latcap*4);
  struct rlimit rl={65536,65536}; setrlimit(RLIMIT_NOFILE,&rl);
  if(size<120) size=120; tmpl=malloc(size+64);
  static const char*pad="apiVersion: apps/v1 kind: Deployment metadata: name: web-%08x labels: app: omni spec: replicas: 3 template: spec: containers: - name: c%04x image: registry.local/app:%08x ports: - containerPort: 8080 env: - name: MODE value: prod-%08x\\n ";
  int omni=!strcmp(proto,"omni"), tail=omni?3:2, h=0;
  if(omni){ h=sprintf(tmpl,"{\"type\":\"op\",\"id\":\""); id_off=h; h+=23; h+=sprintf(tmpl+h,"\",\"key\":\"state/x\",\"value\":{\"m\":\""); }
  else h=sprintf(tmpl,"{\"type\":\"state\",\"key\":\"generated\",\"m\":\"");
  mark_off=h; h+=25; h+=sprintf(tmpl+h,"\",\"value\":\""); srand(7); while(h<size-tail){ char b[512]; int n=snprintf(b,512,pad,rand(),rand()&0xffff,rand(),rand()); if(n>size-tail-h) n=size-tail-h; if(b[n-1]=='\\') b[n-1]=' '; memcpy(tmpl+h,b,n); h+=n; } memcpy(tmpl+h,"\"}}",tail);
  srand(time(0)^getpid());
  if(omni){ FILE*f=tokfile?fopen(tokfile,"r"):NULL; if(!f){ fprintf(stderr,"omni needs -t FILE\n"); return 2; } tok=calloc(N,sizeof *tok); static char l[4100];
    for(int i=0;i<N;i++){ if(!fgets(l,4100,f)){ fprintf(stderr,"too few tokens\n"); return 2; } l[strcspn(l,"\n")]=0; tok[i]=strdup(l); } fclose(f); }
  ep=epoll_create1(0); tfd=timerfd_create(CLOCK_MONOTONIC,TFD_NONBLOCK); struct epoll_event te={.events=EPOLLIN,.data.ptr=NULL}; epoll_ctl(ep,EPOLL_CTL_ADD,tfd,&te);
  for(int i=0;i<N;i++){ C[i].idx=i; C[i].room=i/per; C[i].slot=i%per; C[i].cid=((uint32_t)rand()<<1^rand())&0x7fffffff; C[i].c_bits=15; C[i].state=-1; }
  long rss0=rss_all(); double cpu0=cpu_all(); uint64_t t0=now(), tj;
  while(joined+dead<N){ while(next_connect<N && connecting<inflight) start_connect(&C[next_connect++]); pump(100); if(now()-t0>120e9){ fprintf(stderr,"join timeout joined=%d dead=%d\n",joined,dead); break; } }
  tj=now(); double join_s=(tj-t0)/1e9, join_cpu=cpu_all()-cpu0;
  uint64_t settle=now()+ (uint64_t)( (!strcmp(mode,"idle")?dur:(!strcmp(mode,"join")?0.2:0.5)) *1e9); while(now()<settle) pump(50);
  long rss1_=rss_all();
  printf("{\"label\":\"%s\",\"mode\":\"%s\",\"proto\":\"%s\",\"rooms\":%d,\"per\":%d,\"size\":%d,\"deflate\":%d,\"joined\":%d,\"join_dead\":%d,\"join_s\":%.3f,\"join_server_cpu_s\":%.3f,\"rss_before_kb\":%ld,\"rss_joined_kb\":%ld,\"kb_per_conn\":%.2f",label,mode,proto,rooms,per,size,deflate_on?C[0].deflate:0,joined,dead,join_s,join_cpu,rss0,rss1_,N?(double)(rss1_-rss0)/N:0);
  if(!strcmp(mode,"join")||!strcmp(mode,"idle")){ printf("}\n"); return 0; }
  int closed=!strcmp(mode,"closed"); uint64_t start=now(), wend=start+(uint64_t)(warm*1e9), end=wend+(uint64_t)(dur*1e9); double c0=0,s0=0; uint64_t k=0; double step=1e9/rate; uint64_t lastrss=start; long rssmax=rss1_; int firstdead=dead; double t_slow_closed=-1; uint64_t by0=0;
  if(closed) for(int r=0;r<rooms;r++) for(int w=0;w<W&&w<per;w++) sendmsg_(&C[r*per+w],now());
  static char series[8192]; int sl=0; uint64_t lastdel=0,lastchk=start;
  for(;;){ uint64_t n=now(); if(!measuring&&n>=wend){ measuring=1; t_measure0=n; c0=cpu_all(); s0=self_cpu(); by0=bytes_rx; }
    if(n>=end) break;
    if(!closed){ uint64_t due; int burst=0; while((due=start+(uint64_t)(k*step))<=n){ int r=k%rooms, slot=(k/rooms)%per; if(!strcmp(mode,"slow")){ slot=1+(k/rooms)%(per-1);} sendmsg_(&C[r*per+slot],due); k++; if(++burst>200) break; }
      struct itimerspec it={.it_value={due/1000000000ull,due%1000000000ull}}; timerfd_settime(tfd,TFD_TIMER_ABSTIME,&it,0); }
    else if(n-lastchk>1000000000ull){ lastchk=n; if(deliveries==lastdel&&measuring){ stalls++; for(int r=0;r<rooms;r++) for(int w=0;w<W&&w<per;w++) sendmsg_(&C[r*per+w],now()); } lastdel=deliveries; }
    if(n-lastrss>500000000ull){ lastrss=n; long x=rss_all(); if(x>rssmax) rssmax=x; if(sl<8000) sl+=snprintf(series+sl,64,"%s%ld",sl?",":"",x/1024); if(dead>firstdead&&t_slow_closed<0) t_slow_closed=(n-start)/1e9; }
    pump(closed?20:5); }
  double T=(now()-t_measure0)/1e9, c1=cpu_all()-c0, s1=self_cpu()-s0; uint64_t br=bytes_rx-by0;
  uint64_t dl=deliveries,snt=sent; measuring=0;
  qsort(lat,nlat,4,cmp);
  printf(",\"T\":%.3f,\"sent\":%llu,\"deliveries\":%llu,\"expected\":%llu,\"del_per_s\":%.0f,\"server_cpu_s\":%.3f,\"server_util\":%.3f,\"del_per_cpu_s\":%.0f,\"gen_util\":%.3f,\"MB_per_s\":%.1f,\"echo\":%llu,\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"max_ms\":%.3f,\"closed_by_server\":%llu,\"dead\":%d,\"stalls\":%llu,\"rss_max_kb\":%ld,\"first_close_s\":%.1f,\"rss_series_mb\":[%s]}\n",T,(unsigned long long)snt,(unsigned long long)dl,(unsigned long long)snt*(per-1-(!strcmp(mode,"slow"))),dl/T,c1,c1/T,c1>0?dl/c1:0,s1/T,br/T/1e6,(unsigned long long)echoes,pct(.5),pct(.9),pct(.99),pct(.999),pct(1),(unsigned long long)closed_by_server,dead,(unsigned long long)stalls,rssmax,t_slow_closed,series);
  return 0;
}
