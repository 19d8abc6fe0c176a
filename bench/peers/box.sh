# Run one grader on one submission in a root of its own that is thrown away: the shell is process 1 of new namespaces.
# Student code runs there as a user that owns all of /autograder, as root does on the platform, and nothing outside.
#   box.sh BOX SOURCE SUBMISSION OUT SECONDS PEER PYTHON USER
set -e
box=$1 source=$2 submission=$3 out=$4 seconds=$5 peer=$6 python=$7 user=$8
ip link set lo up # a Jupyter kernel is spoken to over loopback
mount -t tmpfs -o size=300m,nr_inodes=60k,mode=755,uid="$user",gid="$user" box "$box"
cd "$box"
mkdir -p usr etc proc dev/shm tmp home autograder/results
chmod 1777 tmp dev/shm
for folder in /lib /lib64 /bin /sbin; do
  if [ -L "$folder" ]; then cp -P "$folder" ".$folder"; elif [ -d "$folder" ]; then mkdir -p ".$folder"; fi
done
for folder in /usr /lib /lib64 /bin /sbin "$peer" "$python"; do
  if [ -d "$folder" ] && [ ! -L "$folder" ]; then
    mkdir -p ".$folder" && mount --bind "$folder" ".$folder" && mount -o remount,ro,bind ".$folder"
  fi
done
printf 'root:x:0:0::/root:/bin/sh\nstudent:x:%s:%s::/home:/bin/sh\n' "$user" "$user" >etc/passwd
printf '127.0.0.1 localhost\n' >etc/hosts
for device in null zero full random urandom; do : >dev/$device && mount --bind /dev/$device dev/$device; done
ln -s /proc/self/fd dev/fd
mount -t proc proc proc
cp -a "$source" autograder/source
cp -a "$submission" autograder/submission
chown -Rh "$user:$user" home autograder
chmod -R u+rwX autograder # modes mean nothing to root
set +e
began=$(date +%s)
timeout -s KILL "$seconds" chroot . setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs \
  --bounding-set=-all --inh-caps=-all \
  prlimit --nproc=300 --as=4000000000 --fsize=200000000 --nofile=512 --core=0 \
  env -i PATH=/usr/bin:/bin HOME=/home OPENBLAS_NUM_THREADS=1 JUPYTER_PLATFORM_DIRS=1 PYTHONDONTWRITEBYTECODE=1 \
  sh -c 'cd /autograder && exec ./source/run_autograder' </dev/null >printed 2>&1
[ $(($(date +%s) - began)) -ge "$seconds" ] && : >"$out/hung"
# In the box's root, where a link leads nowhere else; at once, as the platform does.
timeout -s KILL 5 chroot . head -c 20000000 /autograder/results/results.json >"$out/results.json" 2>/dev/null </dev/null
tail -c 3000 printed >"$out/printed"
